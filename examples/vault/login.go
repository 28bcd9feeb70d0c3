package main

import (
	"cmp"
	"context"

	"acme.example/authority"
	mesh "kubectl-mesh.dev/sdk"
)

// Where vault login leaves its token.
const tokenFile = "~/.vault-token"

// login gives the client a token: one from a file, or a new one by AppRole.
func (s settings) login(ctx context.Context, c *client) (err error) {
	switch appRole := s.RoleID != "" || s.SecretIDFile != ""; {
	case !appRole:
		c.token, err = authority.ReadSecret(cmp.Or(s.TokenFile, tokenFile))
		return err
	case s.TokenFile != "" || s.RoleID == "" || s.SecretIDFile == "":
		return &mesh.Problem{Code: "invalid-input", Message: "vault: a token and an AppRole are mixed, or half of one is missing",
			Hint: "--set token-file=FILE, or --set role-id=ID --set secret-id-file=FILE"}
	}
	secretID, err := authority.ReadSecret(s.SecretIDFile)
	if err != nil {
		return err
	}
	var answer struct {
		Auth struct {
			ClientToken string `json:"client_token"`
		} `json:"auth"`
	}
	err = c.do(ctx, "auth/approle/login", map[string]string{"role_id": s.RoleID, "secret_id": secretID}, &answer)
	c.token = answer.Auth.ClientToken
	return err
}
