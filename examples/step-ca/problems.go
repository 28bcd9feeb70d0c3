package main

import (
	"crypto/x509"
	"errors"
	"net/http"
	"strings"

	"github.com/smallstep/certificates/errs"
	mesh "kubectl-mesh.dev/sdk"
)

// What can be wrong with a server, in the operator's words.

func (s *server) noRoot(err error) error {
	if refusal, is := errors.AsType[*errs.Error](err); is && refusal.StatusCode() < http.StatusInternalServerError {
		return &mesh.Problem{
			Code:    "refused",
			Message: "step-ca at " + s.URL + " has no root with the fingerprint " + strings.ToLower(s.Fingerprint),
			Hint:    "is it the right server? step certificate fingerprint root_ca.crt tells the root's",
		}
	}
	return &mesh.Problem{
		Code:    "unreachable",
		Message: "step-ca at " + s.URL + " does not answer: " + err.Error(),
		Hint:    "see whether it runs: step ca health --ca-url " + s.URL,
	}
}

func (s *server) locked(err error) error {
	return &mesh.Problem{
		Code:    "unauthorized",
		Message: "step-ca at " + s.URL + " opens no provisioner for us: " + err.Error(),
		Hint:    "step ca provisioner list shows their names; the password is the one of the provisioner's key",
	}
}

func (s *server) unsigned(cluster string, err error) error {
	return &mesh.Problem{
		Code:    "refused",
		Message: "step-ca at " + s.URL + " does not sign for " + cluster + ": " + err.Error(),
		Hint:    "ask for less with --validity, or allow it to the provisioner " + s.Provisioner + ": maxTLSCertDuration, policy",
	}
}

// unfit says why a certificate of the answer cannot stand in its place: the first is the intermediate, behind it are its issuers.
func (s *server) unfit(place int, certificate *x509.Certificate) error {
	switch {
	case place == 0 && !certificate.IsCA:
		return &mesh.Problem{
			Code:    "refused",
			Message: "the provisioner " + s.Provisioner + " of " + s.URL + " makes certificates that are no CA",
			Hint:    "name one whose template says basicConstraints: {isCA: true, maxPathLen: 0}",
		}
	case place > 0 && certificate.MaxPathLenZero:
		return &mesh.Problem{
			Code:    "refused",
			Message: "the intermediate of " + s.URL + " (" + certificate.Subject.CommonName + ") may not sign other CAs: its path length is 0",
			Hint:    "give step-ca an intermediate with a path length of 1",
		}
	}
	return nil
}
