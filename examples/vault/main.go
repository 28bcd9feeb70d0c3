// A ca/1 strategy for those whose CA is Vault's PKI secrets engine. README.md says how, and what it was tested with.
package main

import (
	_ "embed"

	"acme.example/authority"
	mesh "kubectl-mesh.dev/sdk"
)

//go:embed settings.json
var settingsSchema []byte

func init() {
	mesh.Register(mesh.Plugin{
		Name:    "vault",
		Version: "1.0.0",
		Summary: "certificates from Vault's PKI",
		Author:  "Acme PKI <pki@acme.example>",
		Provides: []mesh.Provided{{
			Extension: mesh.Extension{
				Point:     "ca/1",
				Name:      "vault",
				Summary:   "intermediates signed by Vault's PKI secrets engine",
				Abilities: []string{"issue"},
				Settings:  authority.Schema(settingsSchema),
				Needs:     &mesh.Needs{Files: []string{tokenFile}, Network: true},
			},
			Answers: authority.Answers(open),
		}},
	})
}

func main() {}
