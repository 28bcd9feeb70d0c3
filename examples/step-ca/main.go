// A ca/1 strategy for those who run step-ca: each cluster's intermediate is signed by it. README.md says how.
package main

import (
	_ "embed"

	"acme.example/authority"
	"github.com/smallstep/certificates/ca"
	mesh "kubectl-mesh.dev/sdk"
)

//go:embed settings.json
var settingsSchema []byte

func init() {
	// The user's own step identity has nothing to do with the mesh.
	ca.DisableIdentity = true
	mesh.Register(mesh.Plugin{
		Name:    "step-ca",
		Version: "1.0.0",
		Summary: "certificates from a step-ca server",
		Author:  "Acme PKI <pki@acme.example>",
		Provides: []mesh.Provided{{
			Extension: mesh.Extension{
				Point:     "ca/1",
				Name:      "step-ca",
				Summary:   "intermediates signed by a step-ca server",
				Abilities: []string{"issue"},
				Settings:  authority.Schema(settingsSchema),
				Needs:     &mesh.Needs{Network: true},
			},
			Answers: authority.Answers(open),
		}},
	})
}

func main() {}
