package main

import (
	"strings"
	"testing"

	mesh "kubectl-mesh.dev/sdk"
	"kubectl-mesh.dev/sdk/meshtest"
)

func TestABigConfigMapIsWarnedOf(t *testing.T) {
	for size, severity := range map[int]string{10: "pass", 800 * 1024: "warning"} {
		item := map[string]any{
			"metadata": map[string]any{"namespace": "default", "name": "big"},
			"data":     map[string]any{"a": strings.Repeat("x", size)},
		}
		host := &meshtest.Host{Rows: map[string]any{"kube.read/1 read": mesh.KubeReadReadReply{
			Results: []mesh.ReadResult{{Found: true, Object: map[string]any{"items": []any{item}}}}}}}
		var report mesh.CheckRunReply
		err := meshtest.Ask(plugin, host, "check/1:@NAME@", "run", mesh.CheckRunRequest{Clusters: []string{"a"}}, &report)
		if err != nil || len(report.Items) != 1 || report.Items[0].Severity != severity {
			t.Errorf("%d bytes: %+v, %v", size, report.Items, err)
		}
	}
}
