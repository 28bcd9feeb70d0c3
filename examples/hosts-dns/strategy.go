package main

import (
	"context"
	"encoding/json"
	"strings"

	"kubectl-mesh.dev/plugin"
)

// The key of the ConfigMap that holds the file.
const key = "hosts"

type name struct {
	Host      string   `json:"host"`
	Addresses []string `json:"addresses"`
}

// question is what the dns concern asks (sdk/schemas/dns.json), and the file as it stands in the cluster.
type question struct {
	Cluster  string `json:"cluster"`
	Suffix   string `json:"suffix"`
	Names    []name `json:"names"`
	Settings struct {
		ConfigMap string `json:"config-map"`
	} `json:"settings"`
	file   string
	isHere bool
}

var verbs = map[string]plugin.Verb{
	"fit":    answered(question.fit),
	"look":   answered(question.look),
	"plan":   answered(question.plan),
	"remove": answered(question.remove),
}

func answered(answer func(question) any) plugin.Verb {
	return func(_ context.Context, host *plugin.Host, request []byte) (any, error) {
		var asked question
		if err := json.Unmarshal(request, &asked); err != nil {
			return nil, err
		}
		if err := asked.read(host); err != nil {
			return nil, err
		}
		return answer(asked), nil
	}
}

func (q *question) read(host *plugin.Host) error {
	if q.Settings.ConfigMap == "" {
		return nil
	}
	var configMap struct {
		Data map[string]string `json:"data"`
	}
	found, err := host.Read(q.Cluster, q.object(), &configMap)
	if found {
		q.file, q.isHere = configMap.Data[key]
	}
	return err
}

func (q question) object() plugin.ObjectRef {
	namespace, name, _ := strings.Cut(q.Settings.ConfigMap, "/")
	return plugin.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: name}
}

func (q question) where() string { return "ConfigMap " + q.Settings.ConfigMap }

func (q question) fit() any {
	switch {
	case q.Settings.ConfigMap == "":
		return map[string]any{"score": 0, "why": "the setting config-map is missing"}
	case !q.isHere:
		return map[string]any{"score": 0, "why": q.where() + " with the key " + key + " is not there"}
	}
	return map[string]any{"score": 100, "why": "a CoreDNS of your own serves " + q.where()}
}

func (q question) look() any {
	_, _, found := around(q.file, q.Suffix)
	return map[string]any{"present": found, "where": q.where()}
}

func (q question) plan() any {
	return q.edited(with(q.file, q.Suffix, q.Names), "the hosts file gets the names of "+q.Suffix)
}

func (q question) remove() any {
	return q.edited(without(q.file, q.Suffix), "the hosts file loses the names of "+q.Suffix)
}

// edited is the plan that makes the file so, provided that nobody else changes it meanwhile.
func (q question) edited(file, reason string) any {
	pointer := "/data/" + key
	switch {
	case torn(q.file, q.Suffix):
		return plugin.Plan{Refusals: []plugin.Problem{{
			Code:    "refused",
			Message: q.Cluster + ": the marks of kubectl-mesh in " + q.where() + " do not fit together",
			Hint:    "take what stands between them out, and the marks",
		}}}
	case file == q.file:
		return plugin.Plan{}
	}
	return plugin.Plan{Actions: []plugin.Action{{
		Type:         "edit",
		Cluster:      q.Cluster,
		Reason:       reason,
		Target:       q.object(),
		Precondition: map[string]any{pointer: q.file},
		Patch:        []plugin.PatchStep{{Op: "replace", Path: pointer, Value: file}},
	}}}
}
