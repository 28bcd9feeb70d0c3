package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	mesh "kubectl-mesh.dev/sdk"
)

// What can be wrong with a server, in the operator's words.

// By HTTP status; the words of Vault stand before the hint.
var statuses = map[int]struct{ code, hint string }{
	http.StatusBadRequest:         {"refused", "ask for less with --validity, or allow it to the issuer or the mount: vault secrets tune -max-lease-ttl"},
	http.StatusForbidden:          {"unauthorized", "log in again, or give the token's policy update on MOUNT/issuer/ISSUER/sign-intermediate"},
	http.StatusNotFound:           {"refused", "check the settings mount and issuer: vault secrets list"},
	http.StatusServiceUnavailable: {"unreachable", "it is sealed or down: vault status"},
}

func (c *client) unreachable(err error) error {
	return &mesh.Problem{
		Code:    "unreachable",
		Message: "Vault at " + c.address + " does not answer: " + err.Error(),
		Hint:    "check the settings address and ca-cert: vault status",
	}
}

func (c *client) refused(path string, status int, content []byte) error {
	var said struct {
		Errors []string `json:"errors"`
	}
	_ = json.Unmarshal(content, &said) // a proxy before it may answer in HTML
	row := statuses[status]
	return &mesh.Problem{
		Code:    cmp.Or(row.code, "refused"),
		Message: fmt.Sprintf("Vault at %s answers %d to %s: %s", c.address, status, path, cmp.Or(strings.Join(said.Errors, "; "), http.StatusText(status))),
		Hint:    cmp.Or(row.hint, "see Vault's log"),
	}
}
