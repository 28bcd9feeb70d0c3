package plugin

import "encoding/json"

// The services of the host that strategies ask (sdk/schemas/services.json).

// Progress says what is being done; that it is not shown is no error.
func (h *Host) Progress(cluster, text string) {
	_ = h.Call("progress/1", "step", map[string]string{"cluster": cluster, "text": text}, nil)
}

// AskSecret asks the operator on his terminal, which a plugin has not.
func (h *Host) AskSecret(question string) (string, error) {
	var reply struct {
		Answer string `json:"answer"`
	}
	err := h.Call("operator/1", "secret", map[string]string{"question": question}, &reply)
	return reply.Answer, err
}

// Read reads one object of a cluster; that it does not exist is no error.
func (h *Host) Read(cluster string, ref ObjectRef, object any) (found bool, err error) {
	type read struct {
		Cluster string `json:"cluster"`
		ObjectRef
	}
	var reply struct {
		Results []struct {
			Found   bool            `json:"found"`
			Object  json.RawMessage `json:"object"`
			Problem *Problem        `json:"problem"`
		} `json:"results"`
	}
	if err := h.Call("kube.read/1", "read", map[string][]read{"reads": {{cluster, ref}}}, &reply); err != nil {
		return false, err
	}
	switch result := reply.Results[0]; {
	case result.Problem != nil:
		return false, *result.Problem
	case !result.Found:
		return false, nil
	default:
		return true, json.Unmarshal(result.Object, object)
	}
}
