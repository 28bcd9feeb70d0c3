package main

import (
	"strings"
	"testing"

	mesh "kubectl-mesh.dev/sdk"
	"kubectl-mesh.dev/sdk/meshtest"
)

const first = ".:53 {\n    forward . /etc/resolv.conf\n}\n"

func ask(t *testing.T, verb, text string, reply any) {
	t.Helper()
	request := mesh.DnsRequest{Cluster: "a", Suffix: "global", Server: "10.0.0.10", Objects: &mesh.DnsRequestObjects{
		Config: map[string]any{"metadata": map[string]any{"namespace": "kube-system", "name": "coredns"},
			"data": map[string]any{"Corefile": text}}}}
	if err := meshtest.Ask(plugin, &meshtest.Host{}, "dns/1:@NAME@", verb, request, reply); err != nil {
		t.Fatal(err)
	}
}

func after(t *testing.T, verb, text string) string {
	t.Helper()
	var plan mesh.Plan
	ask(t, verb, text, &plan)
	if len(plan.Actions) == 0 {
		return text
	}
	return plan.Actions[0].Patch[0]["value"].(string)
}

func TestWithoutACorefileItSaysSo(t *testing.T) {
	var plan mesh.Plan
	err := meshtest.Ask(plugin, &meshtest.Host{}, "dns/1:@NAME@", "plan", mesh.DnsRequest{Cluster: "a", Suffix: "global"}, &plan)
	if err == nil || !strings.Contains(err.Error(), "no ConfigMap with a Corefile") {
		t.Error(plan, err)
	}
}

func TestTheBlockComesAndGoes(t *testing.T) {
	edited := after(t, "plan", first)
	if !strings.HasPrefix(edited, first) || !strings.Contains(edited, "global:53 {\n    forward . 10.0.0.10\n}") {
		t.Error(edited)
	}
	var seen mesh.DnsLookReply
	ask(t, "look", edited, &seen)
	if !seen.Present || seen.Targets[0] != "10.0.0.10" {
		t.Errorf("%+v", seen)
	}
	if again := after(t, "plan", edited); again != edited {
		t.Error("a second plan changes", again)
	}
	if removed := after(t, "remove", edited); removed != first {
		t.Error("left behind", removed)
	}
}
