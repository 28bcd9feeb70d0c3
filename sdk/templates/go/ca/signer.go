package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"

	mesh "kubectl-mesh.dev/sdk"
)

const (
	clockSkew   = 5 * time.Minute
	certificate = "CERTIFICATE"
	privateKey  = "PRIVATE KEY"
)

type signer struct {
	certificate *x509.Certificate
	key         any
}

// makeRoot gives a new root certificate and its key, in PEM.
func makeRoot(name string, now time.Time, days int64) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := profile(now, now.AddDate(0, 0, int(days)))
	template.Subject = pkix.Name{CommonName: name}
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	return inPem(certificate, made) + inPem(privateKey, secret), err
}

func readSigner(text string) (*signer, error) {
	first, rest := pem.Decode([]byte(text))
	second, _ := pem.Decode(rest)
	if first == nil || second == nil {
		return nil, mesh.Refuse("@NAME@: the kept root is broken", "put the file back, or take it away to begin anew")
	}
	root, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(second.Bytes)
	return &signer{root, key}, err
}

func (signer *signer) root() string { return inPem(certificate, signer.certificate.Raw) }

// sign makes the intermediate's certificate for a request: its subject, names and key, our profile. It ends after
// `days`, and never after the root.
func (signer *signer) sign(csr string, now time.Time, days int64) (string, error) {
	block, _ := pem.Decode([]byte(csr))
	if block == nil {
		return "", mesh.Refuse("the certificate request is no PEM", "")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || request.CheckSignature() != nil {
		return "", mesh.Refuse("the certificate request is not signed with its own key", "")
	}
	end := now.AddDate(0, 0, int(days))
	if end.After(signer.certificate.NotAfter) {
		end = signer.certificate.NotAfter
	}
	template := profile(now, end)
	template.RawSubject = request.RawSubject
	template.DNSNames, template.IPAddresses, template.URIs = request.DNSNames, request.IPAddresses, request.URIs
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.MaxPathLenZero = true
	made, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, request.PublicKey, signer.key)
	return inPem(certificate, made), err
}

func profile(now, end time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	return &x509.Certificate{SerialNumber: serial, NotBefore: now.Add(-clockSkew), NotAfter: end,
		BasicConstraintsValid: true, IsCA: true}
}

func inPem(what string, bytes []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: what, Bytes: bytes}))
}
