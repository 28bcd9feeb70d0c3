package main

import (
	"strings"

	mesh "kubectl-mesh.dev/sdk"
)

const (
	setting = "config-map"
	hint    = "name the hosts file of your CoreDNS: " + setting + ": NAMESPACE/NAME"
	key     = "hosts" // of the ConfigMap: the file
)

// question is what the dns concern asks, and the file as it stands in the cluster.
type question struct {
	mesh.DnsRequest
	config mesh.Target
	file   string
	isHere bool
}

// answered reads the file before the verb is answered.
func answered[Reply any](answer func(question) Reply) mesh.Answer {
	return mesh.Typed(func(host mesh.Host, request mesh.DnsRequest) (reply Reply, err error) {
		asked := question{DnsRequest: request}
		if err := asked.read(host); err != nil {
			return reply, err
		}
		return answer(asked), nil
	})
}

func (q *question) read(host mesh.Host) error {
	named, _ := q.Settings[setting].(string)
	namespace, name, isNamed := strings.Cut(named, "/")
	q.config = mesh.Target{ApiVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: name}
	if !isNamed {
		return nil
	}
	results, err := mesh.ReadObjects(host, mesh.Read{Cluster: q.Cluster, ApiVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: name})
	if err != nil {
		return err
	}
	if results[0].Problem != nil {
		return results[0].Problem
	}
	object, _ := results[0].Object.(map[string]any)
	data, _ := object["data"].(map[string]any)
	q.file, q.isHere = data[key].(string)
	return nil
}

func (q question) where() string { return "ConfigMap " + q.config.Namespace + "/" + q.config.Name }

func (q question) fit() mesh.DnsFitReply {
	switch {
	case q.config.Name == "":
		return mesh.DnsFitReply{Why: "the setting " + setting + " is missing", Hint: hint}
	case !q.isHere:
		return mesh.DnsFitReply{Why: q.where() + " with the key " + key + " is not there", Hint: hint}
	}
	return mesh.DnsFitReply{Score: 100, Why: "a CoreDNS of your own serves " + q.where()}
}

func (q question) look() mesh.DnsLookReply {
	_, _, found := around(q.file, q.Suffix)
	return mesh.DnsLookReply{Present: found, Where: q.where()}
}

// plan also announces its edit: what another concern exports in the same run comes as names of a later plan.
func (q question) plan() mesh.Plan {
	reason := "the hosts file gets the names of " + q.Suffix
	plan := q.edited(with(q.file, q.Suffix, q.Names), reason)
	if q.isHere && len(plan.Refusals) == 0 {
		plan.Announces = []mesh.Announcement{{Type: "edit", Target: &q.config, Reason: reason}}
	}
	return plan
}

func (q question) remove() mesh.Plan {
	return q.edited(without(q.file, q.Suffix), "the hosts file loses the names of "+q.Suffix)
}

// edited is the plan that makes the file so, provided that nobody else changes it meanwhile.
func (q question) edited(file, reason string) mesh.Plan {
	plan := mesh.Plan{ApiVersion: mesh.DocumentVersion, Kind: "Plan"}
	pointer := "/data/" + key
	switch {
	case torn(q.file, q.Suffix):
		plan.Refusals = []mesh.Problem{{
			Code:    "refused",
			Message: q.Cluster + ": the marks of kubectl-mesh in " + q.where() + " do not fit together",
			Hint:    "take what stands between them out, and the marks",
		}}
	case file != q.file && !q.isHere:
		plan.Refusals = []mesh.Problem{{Code: "refused", Message: q.Cluster + ": " + q.fit().Why, Hint: hint}}
	case file != q.file:
		plan.Actions = []mesh.Action{{
			Type:         "edit",
			Cluster:      q.Cluster,
			Reason:       reason,
			Target:       &q.config,
			Precondition: map[string]any{pointer: q.file},
			Patch:        []map[string]any{{"op": "replace", "path": pointer, "value": file}},
		}}
	}
	return plan
}
