package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"

	"acme.example/authority"
	mesh "kubectl-mesh.dev/sdk"
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

type server struct {
	settings
	client *client
	issuer []*x509.Certificate // the one that signs, and its issuers
	root   *x509.Certificate
}

// open asks who signs, which Vault tells anybody.
func open(ctx context.Context, _ mesh.Host, document json.RawMessage) (authority.Authority, error) {
	s := &server{settings: settings{Mount: "pki", Issuer: "default"}}
	if err := json.Unmarshal(document, &s.settings); err != nil {
		return nil, err
	}
	var err error
	if s.client, err = newClient(s.Address, s.Namespace, s.CACert); err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			CAChain []string `json:"ca_chain"`
		} `json:"data"`
	}
	if err := s.client.do(ctx, s.path("json"), nil, &answer); err != nil {
		return nil, err
	}
	return s, s.take(answer.Data.CAChain)
}

func (s *server) Roots() mesh.CaRootsReply {
	root := text(s.root)
	return mesh.CaRootsReply{Roots: []string{root}, Signer: root, Where: s.Address + "/v1/" + s.Mount}
}

func (s *server) Sign(ctx context.Context, request mesh.CertificateRequest, lifetime time.Duration) ([]string, error) {
	if err := s.login(ctx, s.client); err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(request.Csr))
	if block == nil {
		return nil, &mesh.Problem{Code: "invalid-document", Message: "the certificate request is no PEM"}
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
	err = s.client.do(ctx, s.path("sign-intermediate"), map[string]any{
		"csr":             request.Csr,
		"common_name":     csr.Subject.CommonName,
		"format":          "pem",
		"max_path_length": 0,
		"ttl":             fmt.Sprintf("%ds", int(min(lifetime, time.Until(s.issuer[0].NotAfter)).Seconds())),
		"use_csr_values":  true, // its subject and alternative names are Istio's
	}, &answer)
	if err != nil {
		return nil, err
	}
	chain := []string{answer.Data.Certificate + "\n"}
	for _, issuer := range s.issuer {
		if !issuer.Equal(s.root) {
			chain = append(chain, text(issuer))
		}
	}
	return chain, nil
}

// take reads the chain of the issuer, which must reach its root: clusters trust nothing less.
func (s *server) take(chain []string) error {
	for _, one := range chain {
		block, _ := pem.Decode([]byte(one))
		if block == nil {
			return &mesh.Problem{Code: "refused", Message: "Vault at " + s.Address + " sent a chain that is no PEM"}
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		s.issuer = append(s.issuer, certificate)
		if bytes.Equal(certificate.RawIssuer, certificate.RawSubject) {
			s.root = certificate
		}
	}
	if s.root != nil {
		return nil
	}
	return &mesh.Problem{
		Code:    "refused",
		Message: "Vault at " + s.Address + " does not know the root of the issuer " + s.Issuer + " in " + s.Mount,
		Hint:    "import it: vault write " + s.Mount + "/issuers/import/cert pem_bundle=@root.pem",
	}
}

func (s *server) path(verb string) string { return s.Mount + "/issuer/" + s.Issuer + "/" + verb }

func text(certificate *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
}
