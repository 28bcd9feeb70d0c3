package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"acme.example/authority"
	mesh "kubectl-mesh.dev/sdk"
)

const (
	patience  = 20 * time.Second // of one request
	answerMax = 1 << 20          // bytes
)

// client speaks Vault's HTTP API.
type client struct {
	http      *http.Client
	address   string
	namespace string
	token     string
}

// newClient trusts the CA in the file, or the system's if there is none.
func newClient(address, namespace, caFile string) (*client, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		content, err := authority.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(content) {
			return nil, &mesh.Problem{Code: "invalid-input", Message: caFile + " holds no certificate in PEM", Hint: "name the CA of Vault's own certificate"}
		}
	}
	return &client{
		address:   strings.TrimSuffix(address, "/"),
		namespace: namespace,
		http: &http.Client{
			Timeout:   patience,
			Transport: &http.Transport{TLSClientConfig: trust, Proxy: http.ProxyFromEnvironment},
			// The token would go along to wherever the answer points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// do sends one request; a nil body makes it a GET.
func (c *client) do(ctx context.Context, path string, body, answer any) error {
	request, err := c.request(ctx, path, body)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err != nil {
		return c.unreachable(err)
	}
	if response.StatusCode != http.StatusOK {
		return c.refused(path, response.StatusCode, content)
	}
	return json.Unmarshal(content, answer)
}

func (c *client) request(ctx context.Context, path string, body any) (*http.Request, error) {
	method, content := http.MethodGet, []byte(nil)
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, err
		}
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, c.address+"/v1/"+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	for header, value := range map[string]string{"X-Vault-Request": "true", "X-Vault-Token": c.token, "X-Vault-Namespace": c.namespace} {
		if value != "" {
			request.Header.Set(header, value)
		}
	}
	return request, nil
}
