package mesh

import "encoding/json"

// List is a list that a document must have: a nil one is written as [], not as null.
type List[T any] []T

func (list List[T]) MarshalJSON() ([]byte, error) {
	if list == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(list))
}
