// Package meshtest is a host for unit tests: it answers from a table and needs no cluster.
package meshtest

import (
	"encoding/json"

	mesh "kubectl-mesh.dev/sdk"
)

// Host answers each call with the row of "SERVICE VERB"; an error in a row is returned as it is. A row that is a
// function gets the request as JSON. Asked keeps what was asked.
type Host struct {
	Rows    map[string]any
	Stopped bool
	Asked   []string

	recorded map[string][]Exchange // by request
}

func (host *Host) Cancelled() bool { return host.Stopped }

func (host *Host) Call(service, verb string, request, reply any) error {
	asked, err := json.Marshal(request)
	if err != nil {
		return err
	}
	host.Asked = append(host.Asked, service+" "+verb)
	row, found := host.Rows[service+" "+verb]
	if !found {
		row, found = host.again(service, verb, asked)
	}
	if !found {
		return &mesh.Problem{Code: "unsupported", Message: "the test has no row " + service + " " + verb}
	}
	if answer, is := row.(func(request []byte) any); is {
		row = answer(asked)
	}
	if problem, is := row.(error); is {
		return problem
	}
	document, err := json.Marshal(row)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, reply)
}

// Ask asks a plugin as the host would: documents cross as JSON.
func Ask(plugin mesh.Plugin, host mesh.Host, address, verb string, request, reply any) error {
	document, err := json.Marshal(request)
	if err != nil {
		return err
	}
	answer, err := plugin.Invoke(host, address, verb, document)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, reply)
}
