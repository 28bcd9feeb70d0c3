// Package plugin stands between a strategy in Go and the C contract of kubectl mesh (sdk/include/mesh/plugin.h). A program that offers
// its extensions from an init function and is built with -buildmode=c-shared is a plugin.
package plugin

import (
	"context"
	"encoding/json"
	"strings"
)

// Verb answers one verb of an extension: a request in, a document or an error out. A Problem reaches the operator as it is.
type Verb func(ctx context.Context, host *Host, request []byte) (any, error)

// Problem is an error in the operator's words (sdk/schemas/problem.json).
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (p Problem) Error() string { return p.Message }

// Needs is what a strategy wants of the host and of the machine (sdk/schemas/manifest.json).
type Needs struct {
	Reads   []string `json:"reads,omitempty"`
	Writes  []string `json:"writes,omitempty"`
	Files   []string `json:"files,omitempty"`
	Network bool     `json:"network,omitempty"`
}

// Extension is one strategy, under its point and name.
type Extension struct {
	Point     string          `json:"point"`
	Name      string          `json:"name"`
	Summary   string          `json:"summary"`
	Abilities []string        `json:"abilities,omitempty"`
	Settings  json.RawMessage `json:"settings,omitempty"`
	Needs     Needs           `json:"needs"`
	Verbs     map[string]Verb `json:"-"`
}

// Plugin is what the library says of itself.
type Plugin struct {
	Name     string
	Version  string
	Summary  string
	Author   string
	Provides []Extension
}

var offered Plugin

// Offer makes this the plugin of the library.
func Offer(plugin Plugin) { offered = plugin }

// MarshalJSON writes the manifest.
func (p Plugin) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"apiVersion": "kubectl-mesh.dev/v1",
		"kind":       "Plugin",
		"name":       p.Name,
		"version":    p.Version,
		"summary":    p.Summary,
		"author":     p.Author,
		"abi":        map[string]int{"major": 1, "minor": 0},
		"provides":   p.Provides,
	})
}

func (p Plugin) verbs(address string) (map[string]Verb, bool) {
	point, name, _ := strings.Cut(address, ":")
	for _, extension := range p.Provides {
		if extension.Point == point && extension.Name == name {
			return extension.Verbs, true
		}
	}
	return nil, false
}
