package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	mesh "kubectl-mesh.dev/sdk"
	"kubectl-mesh.dev/sdk/meshtest"
)

func newRequest(t *testing.T) string {
	t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	made, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"istiod.istio-system.svc"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return inPem("CERTIFICATE REQUEST", made)
}

func parsed(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestItSignsAndFindsItsRootAgain(t *testing.T) {
	host := &meshtest.Host{Rows: map[string]any{
		"clock/1 now": mesh.ClockNowReply{Time: "2027-01-15T08:00:00.000Z"}, "store/1 get": mesh.StoreGetReply{}}}
	request := mesh.CaIssueRequest{Requests: []mesh.CertificateRequest{{Cluster: "a", Csr: newRequest(t)}}}
	var answer mesh.CaIssued
	if err := meshtest.Ask(plugin, host, "ca/1:@NAME@", "issue", request, &answer); err != nil {
		t.Fatal(err)
	}
	made, root := parsed(t, answer.Issued[0].Chain[0]), parsed(t, answer.Roots[0])
	if err := made.CheckSignatureFrom(root); err != nil {
		t.Error(err)
	}
	if !made.IsCA || !made.MaxPathLenZero || made.NotAfter.After(root.NotAfter) {
		t.Errorf("%+v", made)
	}

	host.Rows["store/1 get"] = mesh.StoreGetReply{Found: true, Data: answer.Keep[0].Data}
	var again mesh.CaRootsReply
	if err := meshtest.Ask(plugin, host, "ca/1:@NAME@", "roots", mesh.CaCommon{}, &again); err != nil || again.Roots[0] != answer.Roots[0] {
		t.Error("what it kept it does not find again", err)
	}
}
