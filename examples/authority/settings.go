package authority

import "encoding/json"

// Schema is a JSON Schema out of an embedded file, as a manifest has it.
func Schema(text []byte) (schema map[string]any) {
	if err := json.Unmarshal(text, &schema); err != nil {
		panic(err)
	}
	return schema
}
