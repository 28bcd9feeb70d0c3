package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"time"

	"acme.example/authority"
	"github.com/smallstep/certificates/api"
	"github.com/smallstep/certificates/authority/provisioner"
	"github.com/smallstep/certificates/ca"
	mesh "kubectl-mesh.dev/sdk"
)

// Of one request to the server.
const patience = 20 * time.Second

type settings struct {
	URL          string `json:"url"`
	Fingerprint  string `json:"fingerprint"`
	Provisioner  string `json:"provisioner"`
	PasswordFile string `json:"password-file"`
}

type server struct {
	settings
	host        mesh.Host
	root        *x509.Certificate
	provisioner *ca.Provisioner // opened by the first request: only signing takes the password
}

func open(ctx context.Context, host mesh.Host, document json.RawMessage) (authority.Authority, error) {
	s := &server{host: host}
	if err := json.Unmarshal(document, &s.settings); err != nil {
		return nil, err
	}
	// Whose root this is, the fingerprint alone decides: the answer is compared with it, the connection proves nothing yet.
	client, err := ca.NewClient(s.URL, ca.WithInsecure(), ca.WithTimeout(patience))
	if err != nil {
		return nil, err
	}
	answer, err := client.RootWithContext(ctx, s.Fingerprint)
	if err != nil {
		return nil, s.noRoot(err)
	}
	s.root = answer.RootPEM.Certificate
	return s, nil
}

func (s *server) Roots() mesh.CaRootsReply {
	root := text(s.root)
	return mesh.CaRootsReply{Roots: []string{root}, Signer: root, Where: s.URL}
}

func (s *server) Sign(ctx context.Context, request mesh.CertificateRequest, lifetime time.Duration) ([]string, error) {
	if err := s.unlock(); err != nil {
		return nil, err
	}
	csr, err := parsed(request.Csr)
	if err != nil {
		return nil, err
	}
	token, err := s.provisioner.Token(csr.Subject.CommonName, csr.DNSNames...)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(lifetime)
	if s.root.NotAfter.Before(end) {
		end = s.root.NotAfter
	}
	answer, err := s.provisioner.SignWithContext(ctx, &api.SignRequest{
		CsrPEM:   api.NewCertificateRequest(csr),
		OTT:      token,
		NotAfter: provisioner.NewTimeDuration(end),
	})
	if err != nil {
		return nil, s.unsigned(request.Cluster, err)
	}
	return s.checked(answer.CertChainPEM)
}

// unlock opens the provisioner's key, which the server keeps encrypted, with its password.
func (s *server) unlock() error {
	if s.provisioner != nil {
		return nil
	}
	password, err := s.password()
	if err != nil {
		return err
	}
	s.provisioner, err = ca.NewProvisioner(s.Provisioner, "", s.URL, []byte(password), ca.WithCABundle([]byte(text(s.root))), ca.WithTimeout(patience))
	if err != nil {
		return s.locked(err)
	}
	return nil
}

func (s *server) password() (string, error) {
	if s.PasswordFile != "" {
		return authority.ReadSecret(s.PasswordFile)
	}
	// A plugin has no terminal; the host asks for it.
	var reply mesh.OperatorSecretReply
	err := s.host.Call("operator/1", "secret", mesh.OperatorSecretRequest{
		Question: "Password of the provisioner " + s.Provisioner,
		Instead:  "use --set password-file=FILE",
	}, &reply)
	return reply.Answer, err
}

// checked is the chain without the root, if its first may sign workloads.
func (s *server) checked(answer []api.Certificate) ([]string, error) {
	chain := []string{}
	for place, certificate := range answer {
		if certificate.Equal(s.root) {
			continue
		}
		if err := s.unfit(place, certificate.Certificate); err != nil {
			return nil, err
		}
		chain = append(chain, text(certificate.Certificate))
	}
	return chain, nil
}

func parsed(csr string) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode([]byte(csr))
	if block == nil {
		return nil, &mesh.Problem{Code: "invalid-document", Message: "the certificate request is no PEM"}
	}
	return x509.ParseCertificateRequest(block.Bytes)
}

func text(certificate *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
}
