package main

import (
	"testing"

	mesh "kubectl-mesh.dev/sdk"
	"kubectl-mesh.dev/sdk/meshtest"
)

func TestEachNamespaceIsARow(t *testing.T) {
	namespace := map[string]any{"metadata": map[string]any{"name": "shop"}, "status": map[string]any{"phase": "Active"}}
	host := &meshtest.Host{Rows: map[string]any{"kube.read/1 read": mesh.KubeReadReadReply{
		Results: []mesh.ReadResult{{Found: true, Object: map[string]any{"items": []any{namespace}}}}}}}
	var report struct{ Items []row }
	err := meshtest.Ask(plugin, host, "command/1:@NAME@", "list", mesh.CommandRequest{Clusters: []string{"a"}}, &report)
	if err != nil || len(report.Items) != 1 || report.Items[0] != (row{"a", "shop", "Active"}) {
		t.Errorf("%+v, %v", report.Items, err)
	}
}
