// A ca/1 strategy for those who run step-ca: each cluster's intermediate is signed by it. README.md says how.
package main

import (
	_ "embed"

	"github.com/smallstep/certificates/ca"
	"kubectl-mesh.dev/plugin"
)

//go:embed settings.json
var settingsSchema []byte

func init() {
	// The user's own step identity has nothing to do with the mesh.
	ca.DisableIdentity = true
	plugin.Offer(plugin.Plugin{
		Name:    "step-ca",
		Version: "1.0.0",
		Summary: "certificates from a step-ca server",
		Author:  "Acme PKI <pki@acme.example>",
		Provides: []plugin.Extension{{
			Point:     "ca/1",
			Name:      "step-ca",
			Summary:   "intermediates signed by a step-ca server",
			Abilities: []string{"issue"},
			Settings:  settingsSchema,
			Needs:     plugin.Needs{Network: true},
			Verbs:     plugin.CAVerbs(open),
		}},
	})
}

func main() {}
