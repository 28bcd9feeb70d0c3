// A concern with one verb: `kubectl mesh @NAME@ list`. A verb that changes clusters answers with a mesh.Plan
// instead, and says so: Changes.
package main

import mesh "kubectl-mesh.dev/sdk"

var plugin = mesh.Plugin{
	Name: "@NAME@", Version: "0.1.0", Summary: "lists namespaces", Author: "Your Name <you@example.com>",
	Provides: []mesh.Provided{{
		Extension: mesh.Extension{
			Point: "command/1", Name: "@NAME@", Summary: "Namespaces of all clusters",
			Verbs: []mesh.Verb{{
				Name: "list", Summary: "List the namespaces of all clusters",
				Options:  []mesh.Option{{Name: "selector", Type: "text", Value: "LABELS", Help: "only those with these labels"}},
				Examples: []mesh.Example{{Text: "two clusters side by side", Command: "@NAME@ list --contexts a,b"}},
			}},
			Needs: &mesh.Needs{Reads: []string{"v1/Namespace"}},
		},
		Answers: map[string]mesh.Answer{"list": mesh.Typed(list)},
	}},
}

type row struct {
	Cluster string `json:"cluster"`
	Name    any    `json:"name"`
	Phase   any    `json:"phase"`
}

func list(host mesh.Host, request mesh.CommandRequest) (mesh.Report, error) {
	report := mesh.Report{ApiVersion: mesh.DocumentVersion, Kind: "NamespaceList", Columns: []mesh.Column{
		{Title: "CLUSTER", Pointer: "/cluster"}, {Title: "NAMESPACE", Pointer: "/name"}, {Title: "PHASE", Pointer: "/phase"}}}
	selector, _ := request.Options["selector"].(string)
	var reads []mesh.Read
	for _, cluster := range request.Clusters {
		reads = append(reads, mesh.Read{Cluster: cluster, ApiVersion: "v1", Kind: "Namespace", Labels: selector})
	}
	results, err := mesh.ReadObjects(host, reads...)
	for at, result := range results {
		if result.Problem != nil {
			report.Problems = append(report.Problems, *result.Problem)
			continue
		}
		for _, item := range items(result.Object, "items") {
			report.Items = append(report.Items, row{reads[at].Cluster, field(item, "metadata", "name"), field(item, "status", "phase")})
		}
	}
	return report, err
}

func items(object any, name string) []any {
	list, _ := field(object, name).([]any)
	return list
}

// field goes down into an object as the API server gave it; nil if there is nothing.
func field(object any, path ...string) any {
	for _, name := range path {
		fields, _ := object.(map[string]any)
		object = fields[name]
	}
	return object
}

func init() { mesh.Register(plugin) }

func main() {}
