// A certificate authority. It never sees an intermediate's private key: requests come in, chains go out. The root
// here is made at the first use, for trying; yours is asked where signer.go signs.
package main

import mesh "kubectl-mesh.dev/sdk"

// Certificate and key, in the operator's own store.
const file = "root.pem"

var plugin = mesh.Plugin{
	Name: "@NAME@", Version: "0.1.0", Summary: "a certificate authority", Author: "Your Name <you@example.com>",
	Provides: []mesh.Provided{{
		Extension: mesh.Extension{Point: "ca/1", Name: "@NAME@", Summary: "signs with a root that it makes at its first use",
			Abilities: []string{"issue"}},
		Answers: map[string]mesh.Answer{"roots": mesh.Typed(roots), "issue": mesh.Typed(issue)},
	}},
}

func roots(host mesh.Host, request mesh.CaCommon) (mesh.CaRootsReply, error) {
	kept, found, err := mesh.Stored(host, request.Folder, file)
	if err != nil || !found {
		return mesh.CaRootsReply{}, err
	}
	signer, err := readSigner(kept)
	if err != nil {
		return mesh.CaRootsReply{}, err
	}
	return mesh.CaRootsReply{Roots: []string{signer.root()}, Signer: signer.root(), Where: request.Folder}, nil
}

func issue(host mesh.Host, request mesh.CaIssueRequest) (answer mesh.CaIssued, err error) {
	policy := mesh.CaPolicy{Days: 365, RootDays: 3650}
	if request.Policy != nil {
		policy = *request.Policy
	}
	now, err := mesh.Now(host)
	if err != nil {
		return answer, err
	}
	kept, found, err := mesh.Stored(host, request.Folder, file)
	if err != nil {
		return answer, err
	}
	if !found {
		if kept, err = makeRoot("@NAME@ test root", now, policy.RootDays); err != nil {
			return answer, err
		}
		// Written by the host, before it changes any cluster.
		answer.Keep = []mesh.StoredFile{{Folder: request.Folder, Name: file, Data: kept}}
	}
	signer, err := readSigner(kept)
	if err != nil {
		return answer, err
	}
	answer.Roots = []string{signer.root()}
	for _, asked := range request.Requests {
		certificate, err := signer.sign(asked.Csr, now, policy.Days)
		if err != nil {
			return answer, err
		}
		answer.Issued = append(answer.Issued, mesh.IssuedCertificate{Cluster: asked.Cluster, Chain: []string{certificate}})
	}
	return answer, nil
}

func init() { mesh.Register(plugin) }

func main() {}
