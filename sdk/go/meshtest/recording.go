package meshtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	mesh "kubectl-mesh.dev/sdk"
)

const masked = "<masked>"

// Exchange is one line of what a run wrote with KUBECTL_MESH_RECORD=FILE: who asked (empty: the host), what, and the
// answer. What is secret is "<masked>".
type Exchange struct {
	By, To, Verb   string
	Request, Reply any
	Problem        *mesh.Problem
}

// ReadRecording reads such a file.
func ReadRecording(file string) (exchanges []Exchange, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		var exchange Exchange
		if err := json.Unmarshal(lines.Bytes(), &exchange); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		exchanges = append(exchanges, exchange)
	}
	return exchanges, lines.Err()
}

// Replay has the host answer a request for which there is no row as it was answered in the recording: in turn, and the
// last one from then on.
func (host *Host) Replay(recording []Exchange) {
	if host.recorded == nil {
		host.recorded = map[string][]Exchange{}
	}
	for _, exchange := range recording {
		key := keyOf(exchange.To, exchange.Verb, exchange.Request)
		host.recorded[key] = append(host.recorded[key], exchange)
	}
}

// again is the recorded answer, as a row has it.
func (host *Host) again(service, verb string, request []byte) (row any, found bool) {
	var document any
	if json.Unmarshal(request, &document) != nil {
		return nil, false
	}
	key := keyOf(service, verb, document)
	rows := host.recorded[key]
	if len(rows) == 0 {
		return nil, false
	}
	if len(rows) > 1 {
		host.recorded[key] = rows[1:]
	}
	if rows[0].Problem != nil {
		return rows[0].Problem, true
	}
	return rows[0].Reply, true
}

// keyOf is the same for documents that differ in the order of their fields.
func keyOf(service, verb string, request any) string {
	document, _ := json.Marshal(request)
	return service + " " + verb + " " + string(document)
}

// Replay asks the plugin all that it was asked in a recording, with what it was told then. The error says what it
// answers otherwise; the number is that of the answers.
func Replay(plugin mesh.Plugin, file string) (int, error) {
	recording, err := ReadRecording(file)
	if err != nil {
		return 0, err
	}
	ours := map[string]bool{}
	for _, provided := range plugin.Provides {
		ours[provided.Point+":"+provided.Name] = true
	}
	var asked, told []Exchange
	for _, exchange := range recording {
		if exchange.By == plugin.Name {
			told = append(told, exchange)
		}
		if ours[exchange.To] {
			asked = append(asked, exchange)
		}
	}
	host := &Host{}
	host.Replay(told)
	for at, exchange := range asked {
		var reply any
		err := Ask(plugin, host, exchange.To, exchange.Verb, exchange.Request, &reply)
		if (err == nil) != (exchange.Problem == nil) || (err == nil && !agrees(exchange.Reply, reply)) {
			return at, fmt.Errorf("%s %s does not answer as it was recorded, but: %v %v", exchange.To, exchange.Verb, reply, err)
		}
	}
	return len(asked), nil
}

// agrees compares documents; what was masked agrees with anything.
func agrees(recorded, now any) bool {
	if recorded == masked {
		return true
	}
	switch recorded := recorded.(type) {
	case map[string]any:
		fields, is := now.(map[string]any)
		if !is || len(fields) != len(recorded) {
			return false
		}
		for name, value := range recorded {
			if field, there := fields[name]; !there || !agrees(value, field) {
				return false
			}
		}
		return true
	case []any:
		entries, is := now.([]any)
		if !is || len(entries) != len(recorded) {
			return false
		}
		for at, value := range recorded {
			if !agrees(value, entries[at]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(recorded, now)
}
