// Package authority is what strategies of the point ca/1 share whose CA is a server of somebody else: only the asking differs.
package authority

import (
	"context"
	"encoding/json"
	"time"

	mesh "kubectl-mesh.dev/sdk"
)

const (
	defaultDays = 365
	// How often a request looks whether it is still wanted: the contract says every 100 ms.
	look = 100 * time.Millisecond
)

// Authority is a CA that somebody else runs.
type Authority interface {
	Roots() mesh.CaRootsReply
	// Sign answers with the new certificate and its issuers, without the root.
	Sign(ctx context.Context, request mesh.CertificateRequest, lifetime time.Duration) ([]string, error)
}

// Open makes the authority that the settings of a request mean.
type Open func(ctx context.Context, host mesh.Host, settings json.RawMessage) (Authority, error)

// request is that of both verbs; the settings are left to the strategy.
type request struct {
	mesh.CaIssueRequest
	Settings json.RawMessage `json:"settings"`
}

func (r request) lifetime() time.Duration {
	days := int64(defaultDays)
	if r.Policy != nil && r.Policy.Days > 0 {
		days = r.Policy.Days
	}
	return time.Duration(days) * 24 * time.Hour
}

// Answers are the verbs of a strategy with the ability "issue".
func Answers(open Open) map[string]mesh.Answer {
	return map[string]mesh.Answer{
		"roots": mesh.Typed(func(host mesh.Host, asked request) (reply mesh.CaRootsReply, err error) {
			return reply, wanted(host, func(ctx context.Context) error {
				authority, err := open(ctx, host, asked.Settings)
				if err == nil {
					reply = authority.Roots()
				}
				return err
			})
		}),
		"issue": mesh.Typed(func(host mesh.Host, asked request) (reply mesh.CaIssued, err error) {
			return reply, wanted(host, func(ctx context.Context) error {
				authority, err := open(ctx, host, asked.Settings)
				if err == nil {
					reply, err = issue(ctx, host, authority, asked)
				}
				return err
			})
		}),
	}
}

func issue(ctx context.Context, host mesh.Host, authority Authority, asked request) (reply mesh.CaIssued, err error) {
	roots := authority.Roots()
	reply.Roots = roots.Roots
	for _, one := range asked.Requests {
		step := mesh.ProgressStepRequest{Cluster: one.Cluster, Text: roots.Where + " signs its intermediate"}
		_ = host.Call("progress/1", "step", step, &struct{}{}) // that it is not shown is no error
		chain, err := authority.Sign(ctx, one, asked.lifetime())
		if err != nil {
			return reply, err
		}
		reply.Issued = append(reply.Issued, mesh.IssuedCertificate{Cluster: one.Cluster, Chain: chain})
	}
	return reply, nil
}

// wanted does the work in a context that ends when the host does not want the answer any more. After it nothing asks the host.
func wanted(host mesh.Host, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for ticks := time.Tick(look); !host.Cancelled(); {
			select {
			case <-ctx.Done():
				return
			case <-ticks:
			}
		}
		cancel()
	}()
	err := work(ctx)
	if ctx.Err() != nil {
		err = mesh.ErrCancelled
	}
	cancel()
	<-watched
	return err
}
