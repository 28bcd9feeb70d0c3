package plugin

import "encoding/json"

// Plan is what is to be done (sdk/schemas/plan.json); only the host does it.
type Plan struct {
	Actions  []Action
	Refusals []Problem // any: nothing is written anywhere
}

// MarshalJSON writes the document; one without actions says that all is there.
func (p Plan) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"apiVersion": "kubectl-mesh.dev/v1",
		"kind":       "Plan",
		"actions":    append([]Action{}, p.Actions...),
		"refusals":   append([]Problem{}, p.Refusals...),
	})
}

// Action of the type edit: a patch of somebody else's object, which must hold the precondition's values.
type Action struct {
	Type         string         `json:"type"`
	Cluster      string         `json:"cluster"`
	Reason       string         `json:"reason"`
	Target       ObjectRef      `json:"target"`
	Precondition map[string]any `json:"precondition"`
	Patch        []PatchStep    `json:"patch"`
}

// PatchStep is one of RFC 6902.
type PatchStep struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// ObjectRef names an object of a cluster.
type ObjectRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}
