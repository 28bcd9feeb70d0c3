package plugin

import (
	"context"
	"encoding/json"
	"time"
)

// The documents of ca/1 (sdk/schemas/ca.json), as far as an authority needs them that only issues.

const defaultDays = 365

// CARequest is what both verbs are asked with; Requests is empty when only the roots are asked for.
type CARequest struct {
	Settings json.RawMessage `json:"settings"`
	Policy   struct {
		Days int `json:"days"`
	} `json:"policy"`
	Requests []CertificateRequest `json:"requests"`
}

// CertificateRequest is a cluster's; the key stays with the one who asks.
type CertificateRequest struct {
	Cluster string `json:"cluster"`
	CSR     string `json:"csr"` // PEM
}

// Lifetime is how long an intermediate is to live.
func (r CARequest) Lifetime() time.Duration { return time.Duration(r.Policy.Days) * 24 * time.Hour }

// Roots says what clusters are to trust, and where it comes from.
type Roots struct {
	Roots  []string `json:"roots"`
	Signer string   `json:"signer"`
	Where  string   `json:"where"`
}

// Issued are the chains, each without its root.
type Issued struct {
	Issued []Chain  `json:"issued"`
	Roots  []string `json:"roots"`
}

// Chain is a cluster's intermediate and its issuers.
type Chain struct {
	Cluster string   `json:"cluster"`
	Chain   []string `json:"chain"`
}

// Authority is a CA that somebody else runs.
type Authority interface {
	Roots(ctx context.Context) (Roots, error)
	// Sign answers with the new certificate and its issuers, without the root.
	Sign(ctx context.Context, request CertificateRequest, lifetime time.Duration) ([]string, error)
}

// Open makes the authority that the settings of a request mean.
type Open func(ctx context.Context, host *Host, settings json.RawMessage) (Authority, error)

// CAVerbs are the verbs of a strategy with the ability "issue".
func CAVerbs(open Open) map[string]Verb {
	return map[string]Verb{
		"roots": func(ctx context.Context, host *Host, request []byte) (any, error) {
			_, authority, err := opened(ctx, host, request, open)
			if err != nil {
				return nil, err
			}
			return authority.Roots(ctx)
		},
		"issue": func(ctx context.Context, host *Host, request []byte) (any, error) {
			asked, authority, err := opened(ctx, host, request, open)
			if err != nil {
				return nil, err
			}
			return issue(ctx, host, asked, authority)
		},
	}
}

func opened(ctx context.Context, host *Host, request []byte, open Open) (asked CARequest, authority Authority, err error) {
	asked.Policy.Days = defaultDays
	if err = json.Unmarshal(request, &asked); err != nil {
		return asked, nil, err
	}
	authority, err = open(ctx, host, asked.Settings)
	return asked, authority, err
}

func issue(ctx context.Context, host *Host, asked CARequest, authority Authority) (any, error) {
	roots, err := authority.Roots(ctx)
	if err != nil {
		return nil, err
	}
	answer := Issued{Roots: roots.Roots}
	for _, request := range asked.Requests {
		host.Progress(request.Cluster, roots.Where+" signs its intermediate")
		chain, err := authority.Sign(ctx, request, asked.Lifetime())
		if err != nil {
			return nil, err
		}
		answer.Issued = append(answer.Issued, Chain{request.Cluster, chain})
	}
	return answer, nil
}
