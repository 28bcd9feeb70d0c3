// A dns/1 strategy for those whose own CoreDNS serves a hosts file: the mesh's names become lines of it. README.md says how.
package main

import (
	_ "embed"

	"kubectl-mesh.dev/plugin"
)

//go:embed settings.json
var settingsSchema []byte

func init() {
	configMaps := []string{"v1/ConfigMap"}
	plugin.Offer(plugin.Plugin{
		Name:    "hosts-dns",
		Version: "1.0.0",
		Summary: "the mesh's names in a hosts file",
		Author:  "Acme Networks <dns@acme.example>",
		Provides: []plugin.Extension{{
			Point:    "dns/1",
			Name:     "hosts-dns",
			Summary:  "lines in the hosts file of a CoreDNS of your own",
			Settings: settingsSchema,
			Needs:    plugin.Needs{Reads: configMaps, Writes: configMaps},
			Verbs:    verbs,
		}},
	})
}

func main() {}
