// A ca/1 strategy for those whose CA is Vault's PKI secrets engine. README.md says how, and what it was tested with.
package main

import (
	_ "embed"

	"kubectl-mesh.dev/plugin"
)

//go:embed settings.json
var settingsSchema []byte

func init() {
	plugin.Offer(plugin.Plugin{
		Name:    "vault",
		Version: "1.0.0",
		Summary: "certificates from Vault's PKI",
		Author:  "Acme PKI <pki@acme.example>",
		Provides: []plugin.Extension{{
			Point:     "ca/1",
			Name:      "vault",
			Summary:   "intermediates signed by Vault's PKI secrets engine",
			Abilities: []string{"issue"},
			Settings:  settingsSchema,
			Needs:     plugin.Needs{Files: []string{tokenFile}, Network: true},
			Verbs:     plugin.CAVerbs(open),
		}},
	})
}

func main() {}
