package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"time"

	"github.com/smallstep/certificates/api"
	"github.com/smallstep/certificates/authority/provisioner"
	"github.com/smallstep/certificates/ca"
	"kubectl-mesh.dev/plugin"
)

// Of one request to the server.
const patience = 20 * time.Second

type settings struct {
	URL          string `json:"url"`
	Fingerprint  string `json:"fingerprint"`
	Provisioner  string `json:"provisioner"`
	PasswordFile string `json:"password-file"`
}

type authority struct {
	settings
	host        *plugin.Host
	root        *x509.Certificate
	provisioner *ca.Provisioner // opened by the first request: only signing takes the password
}

func open(ctx context.Context, host *plugin.Host, document json.RawMessage) (plugin.Authority, error) {
	a := &authority{host: host}
	if err := json.Unmarshal(document, &a.settings); err != nil {
		return nil, err
	}
	// Whose root this is, the fingerprint alone decides: the answer is compared with it, the connection proves nothing yet.
	client, err := ca.NewClient(a.URL, ca.WithInsecure(), ca.WithTimeout(patience))
	if err != nil {
		return nil, err
	}
	answer, err := client.RootWithContext(ctx, a.Fingerprint)
	if err != nil {
		return nil, a.noRoot(err)
	}
	a.root = answer.RootPEM.Certificate
	return a, nil
}

func (a *authority) Roots(context.Context) (plugin.Roots, error) {
	root := text(a.root)
	return plugin.Roots{Roots: []string{root}, Signer: root, Where: a.URL}, nil
}

func (a *authority) Sign(ctx context.Context, request plugin.CertificateRequest, lifetime time.Duration) ([]string, error) {
	if err := a.unlock(); err != nil {
		return nil, err
	}
	csr, err := parsed(request.CSR)
	if err != nil {
		return nil, err
	}
	token, err := a.provisioner.Token(csr.Subject.CommonName, csr.DNSNames...)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(lifetime)
	if a.root.NotAfter.Before(end) {
		end = a.root.NotAfter
	}
	answer, err := a.provisioner.SignWithContext(ctx, &api.SignRequest{
		CsrPEM:   api.NewCertificateRequest(csr),
		OTT:      token,
		NotAfter: provisioner.NewTimeDuration(end),
	})
	if err != nil {
		return nil, a.unsigned(request.Cluster, err)
	}
	return a.checked(answer.CertChainPEM)
}

// unlock opens the provisioner's key, which the server keeps encrypted, with its password.
func (a *authority) unlock() error {
	if a.provisioner != nil {
		return nil
	}
	password, err := a.password()
	if err != nil {
		return err
	}
	a.provisioner, err = ca.NewProvisioner(a.Provisioner, "", a.URL, []byte(password), ca.WithCABundle([]byte(text(a.root))), ca.WithTimeout(patience))
	if err != nil {
		return a.locked(err)
	}
	return nil
}

func (a *authority) password() (string, error) {
	if a.PasswordFile != "" {
		return plugin.ReadSecret(a.PasswordFile)
	}
	return a.host.AskSecret("Password of the provisioner " + a.Provisioner)
}

// checked is the chain without the root, if its first may sign workloads.
func (a *authority) checked(answer []api.Certificate) ([]string, error) {
	chain := []string{}
	for place, certificate := range answer {
		if certificate.Equal(a.root) {
			continue
		}
		if err := a.unfit(place, certificate.Certificate); err != nil {
			return nil, err
		}
		chain = append(chain, text(certificate.Certificate))
	}
	return chain, nil
}

func parsed(csr string) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode([]byte(csr))
	if block == nil {
		return nil, plugin.Problem{Code: "invalid-document", Message: "the certificate request is no PEM"}
	}
	return x509.ParseCertificateRequest(block.Bytes)
}

func text(certificate *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
}
