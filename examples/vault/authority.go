package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"

	"kubectl-mesh.dev/plugin"
)

type settings struct {
	Address      string `json:"address"`
	Mount        string `json:"mount"`
	Issuer       string `json:"issuer"`
	Namespace    string `json:"namespace"`
	CACert       string `json:"ca-cert"`
	TokenFile    string `json:"token-file"`
	RoleID       string `json:"role-id"`
	SecretIDFile string `json:"secret-id-file"`
}

type authority struct {
	settings
	client *client
	issuer []*x509.Certificate // the one that signs, and its issuers
	root   *x509.Certificate
}

// open asks who signs, which Vault tells anybody.
func open(ctx context.Context, _ *plugin.Host, document json.RawMessage) (plugin.Authority, error) {
	a := &authority{settings: settings{Mount: "pki", Issuer: "default"}}
	if err := json.Unmarshal(document, &a.settings); err != nil {
		return nil, err
	}
	var err error
	if a.client, err = newClient(a.Address, a.Namespace, a.CACert); err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			CAChain []string `json:"ca_chain"`
		} `json:"data"`
	}
	if err := a.client.do(ctx, a.path("json"), nil, &answer); err != nil {
		return nil, err
	}
	return a, a.take(answer.Data.CAChain)
}

func (a *authority) Roots(context.Context) (plugin.Roots, error) {
	root := text(a.root)
	return plugin.Roots{Roots: []string{root}, Signer: root, Where: a.Address + "/v1/" + a.Mount}, nil
}

func (a *authority) Sign(ctx context.Context, request plugin.CertificateRequest, lifetime time.Duration) ([]string, error) {
	if err := a.login(ctx, a.client); err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(request.CSR))
	if block == nil {
		return nil, plugin.Problem{Code: "invalid-document", Message: "the certificate request is no PEM"}
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Certificate string `json:"certificate"`
		} `json:"data"`
	}
	err = a.client.do(ctx, a.path("sign-intermediate"), map[string]any{
		"csr":             request.CSR,
		"common_name":     csr.Subject.CommonName,
		"format":          "pem",
		"max_path_length": 0,
		"ttl":             fmt.Sprintf("%ds", int(min(lifetime, time.Until(a.issuer[0].NotAfter)).Seconds())),
		"use_csr_values":  true, // its subject and alternative names are Istio's
	}, &answer)
	if err != nil {
		return nil, err
	}
	chain := []string{answer.Data.Certificate + "\n"}
	for _, issuer := range a.issuer {
		if !issuer.Equal(a.root) {
			chain = append(chain, text(issuer))
		}
	}
	return chain, nil
}

// take reads the chain of the issuer, which must reach its root: clusters trust nothing less.
func (a *authority) take(chain []string) error {
	for _, one := range chain {
		block, _ := pem.Decode([]byte(one))
		if block == nil {
			return plugin.Problem{Code: "refused", Message: "Vault at " + a.Address + " sent a chain that is no PEM"}
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		a.issuer = append(a.issuer, certificate)
		if bytes.Equal(certificate.RawIssuer, certificate.RawSubject) {
			a.root = certificate
		}
	}
	if a.root != nil {
		return nil
	}
	return plugin.Problem{
		Code:    "refused",
		Message: "Vault at " + a.Address + " does not know the root of the issuer " + a.Issuer + " in " + a.Mount,
		Hint:    "import it: vault write " + a.Mount + "/issuers/import/cert pem_bundle=@root.pem",
	}
}

func (a *authority) path(verb string) string { return a.Mount + "/issuer/" + a.Issuer + "/" + verb }

func text(certificate *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
}
