// A check: rows of `kubectl mesh verify`. It only reads, through the host.
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	mesh "kubectl-mesh.dev/sdk"
)

// etcd takes no object of more than 1 MiB; three quarters of it are worth a warning.
const nearLimit = 768 * 1024

var plugin = mesh.Plugin{
	Name: "@NAME@", Version: "0.1.0", Summary: "checks ConfigMaps", Author: "Your Name <you@example.com>",
	Provides: []mesh.Provided{{
		Extension: mesh.Extension{
			Point: "check/1", Name: "@NAME@", Summary: "ConfigMaps that come near the limit of 1 MiB",
			Needs: &mesh.Needs{Reads: []string{"v1/ConfigMap"}},
		},
		Answers: map[string]mesh.Answer{"run": mesh.Typed(run)},
	}},
}

func run(host mesh.Host, request mesh.CheckRunRequest) (mesh.CheckRunReply, error) {
	report := mesh.CheckRunReply{ApiVersion: mesh.DocumentVersion, Kind: "FindingList"}
	for _, cluster := range request.Clusters {
		finding, problem, err := lookAt(host, cluster)
		if err != nil {
			return report, err
		}
		if problem != nil {
			report.Problems = append(report.Problems, *problem)
		} else {
			report.Items = append(report.Items, finding)
		}
	}
	return report, nil
}

// A cluster that cannot be asked is a problem; the others are looked at all the same.
func lookAt(host mesh.Host, cluster string) (mesh.Finding, *mesh.Problem, error) {
	finding := mesh.Finding{Id: "@NAME@/config-maps-fit", Cluster: cluster, Severity: "pass",
		Title: "no ConfigMap comes near 1 MiB"}
	var near []string
	page := mesh.Read{Cluster: cluster, ApiVersion: "v1", Kind: "ConfigMap"}
	for more := true; more; more = page.Next != "" {
		results, err := mesh.ReadObjects(host, page)
		if err != nil {
			return finding, nil, err
		}
		if results[0].Problem != nil {
			return finding, results[0].Problem, nil
		}
		near = append(near, nearIn(results[0].Object)...)
		page.Next = results[0].Next
	}
	if len(near) > 0 {
		finding.Severity, finding.Evidence = "warning", strings.Join(near, ", ")
		finding.Fix = "part them, or keep what they hold elsewhere"
	}
	return finding, nil, nil
}

func nearIn(list any) (near []string) {
	items, _ := list.(map[string]any)["items"].([]any)
	for _, item := range items {
		text, _ := json.Marshal(item)
		if metadata, is := item.(map[string]any)["metadata"].(map[string]any); is && len(text) >= nearLimit {
			near = append(near, fmt.Sprintf("%v/%v", metadata["namespace"], metadata["name"]))
		}
	}
	return near
}

func init() { mesh.Register(plugin) }

func main() {}
