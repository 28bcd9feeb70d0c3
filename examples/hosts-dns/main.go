// A dns/1 strategy for those whose own CoreDNS serves a hosts file: the mesh's names become lines of it. README.md says how.
package main

import mesh "kubectl-mesh.dev/sdk"

func init() {
	configMaps := []string{"v1/ConfigMap"}
	mesh.Register(mesh.Plugin{
		Name:    "hosts-dns",
		Version: "1.0.0",
		Summary: "the mesh's names in a hosts file",
		Author:  "Acme Networks <dns@acme.example>",
		Provides: []mesh.Provided{{
			Extension: mesh.Extension{
				Point:   "dns/1",
				Name:    "hosts-dns",
				Summary: "lines in the hosts file of a CoreDNS of your own",
				Settings: map[string]any{
					"type": "object",
					"properties": map[string]any{
						setting: map[string]any{
							"type":        "string",
							"pattern":     "^[a-z0-9-]+/[a-z0-9.-]+$",
							"description": "NAMESPACE/NAME of the ConfigMap with the hosts file, key " + key,
						},
					},
				},
				Needs: &mesh.Needs{Reads: configMaps, Writes: configMaps},
			},
			Answers: map[string]mesh.Answer{
				"fit":    answered(question.fit),
				"look":   answered(question.look),
				"plan":   answered(question.plan),
				"remove": answered(question.remove),
			},
		}},
	})
}

func main() {}
