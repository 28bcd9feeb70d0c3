// Package mesh is the Go side of plugins for kubectl mesh: typed documents, and a safe edge to the C contract in
// plugin.h. A plugin is a main package that calls Register from init and is built with -buildmode=c-shared.
package mesh

import (
	"encoding/json"
	"fmt"
)

const (
	// DocumentVersion is the apiVersion of every document.
	DocumentVersion = "kubectl-mesh.dev/v1"
	abiMajor        = 1
)

// Plugin is what a library offers: its words about itself, and its extensions.
type Plugin struct {
	Name, Version, Summary, Author string
	Provides                       []Provided
}

// Provided is one extension: its row in the manifest, and who answers each of its verbs.
type Provided struct {
	Extension
	Answers map[string]Answer
}

// Answer answers a verb: a request in, a reply out, both JSON.
type Answer func(host Host, request []byte) ([]byte, error)

// Typed makes an Answer of a function over documents.
func Typed[Request, Reply any](answer func(Host, Request) (Reply, error)) Answer {
	return func(host Host, text []byte) ([]byte, error) {
		var request Request
		if err := json.Unmarshal(text, &request); err != nil {
			return nil, &Problem{Code: "invalid-document", Message: "the request: " + err.Error()}
		}
		reply, err := answer(host, request)
		if err != nil {
			return nil, err
		}
		return json.Marshal(reply)
	}
}

// Manifest is the plugin's manifest, as the host reads it.
func (plugin Plugin) Manifest() ([]byte, error) {
	manifest := Manifest{ApiVersion: DocumentVersion, Kind: "Plugin", Name: plugin.Name, Version: plugin.Version,
		Summary: plugin.Summary, Author: plugin.Author, Abi: ManifestAbi{Major: abiMajor}, Language: "go"}
	for _, provided := range plugin.Provides {
		manifest.Provides = append(manifest.Provides, provided.Extension)
	}
	return json.Marshal(manifest)
}

// Invoke does a verb of the extension with that address ("ca/1:NAME"). A panic becomes a Problem here.
func (plugin Plugin) Invoke(host Host, address, verb string, request []byte) (reply []byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			reply, err = nil, &Problem{Code: "plugin-fault", Message: fmt.Sprintf("%s %s panicked: %v", address, verb, cause)}
		}
	}()
	for _, provided := range plugin.Provides {
		if provided.Point+":"+provided.Name != address {
			continue
		}
		if answer := provided.Answers[verb]; answer != nil {
			return answer(host, request)
		}
	}
	return nil, ErrUnsupported
}

var registered Plugin

// Register names the plugin of this library; to be called from init.
func Register(plugin Plugin) { registered = plugin }
