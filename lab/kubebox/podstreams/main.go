// Podstreams is the part of a kubelet that an API server asks for streams: port-forward, exec and logs of the pods that have
// processes here. The node agent writes DIR/NAMESPACE/POD/pod.json; whoever has none there is a pod that only pretends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

const (
	idle     = 4 * time.Hour
	creation = 30 * time.Second
)

type pods struct{ directory string }

// holder is the process that keeps the namespaces of a pod.
func (p pods) holder(namespace, name string) (int, error) {
	text, err := os.ReadFile(filepath.Join(p.directory, namespace, name, "pod.json"))
	if err != nil {
		return 0, fmt.Errorf("pod %s/%s has no process in this lab", namespace, name)
	}
	var pod struct{ Holder int }
	err = json.Unmarshal(text, &pod)
	return pod.Holder, err
}

// dial connects as a kubelet does: to loopback inside of the pod. A socket belongs to the network of the thread that made it, so
// a thread goes there for the call and, as it is never unlocked, ends with its goroutine.
func dial(holder int, port int32) (net.Conn, error) {
	type result struct {
		connection net.Conn
		err        error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		there, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", holder))
		if err == nil {
			err = unix.Setns(int(there.Fd()), unix.CLONE_NEWNET)
			there.Close()
		}
		if err != nil {
			done <- result{nil, err}
			return
		}
		connection, err := net.DialTimeout("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))), 10*time.Second)
		done <- result{connection, err}
	}()
	got := <-done
	return got.connection, got.err
}

func (p pods) forward(namespace, name string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	holder, err := p.holder(namespace, name)
	if err != nil {
		return err
	}
	connection, err := dial(holder, port)
	if err != nil {
		return err
	}
	defer connection.Close()
	ended := make(chan error, 2)
	go func() {
		_, err := io.Copy(connection, stream)
		connection.(*net.TCPConn).CloseWrite()
		ended <- err
	}()
	go func() {
		_, err := io.Copy(stream, connection)
		ended <- err
		ended <- nil // what the pod closed is closed, whatever the client still wanted to say
	}()
	err = <-ended
	return errors.Join(err, <-ended)
}

type forwarder struct {
	pods
	namespace, name string
}

func (f forwarder) PortForward(_ context.Context, _, _ string, port int32, stream io.ReadWriteCloser) error {
	return f.forward(f.namespace, f.name, port, stream)
}

func (p pods) servePortForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	namespace, name := r.PathValue("namespace"), r.PathValue("pod")
	portforward.ServePortForward(w, r, forwarder{p, namespace, name}, name, "", options, idle, creation, portforward.SupportedProtocols)
}

func (p pods) serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	namespace, name := r.PathValue("namespace"), r.PathValue("pod")
	remotecommand.ServeExec(w, r, executor{p, namespace, name}, name, "", r.PathValue("container"), r.URL.Query()["command"], options,
		idle, creation, remotecommand.SupportedStreamingProtocols)
}

func main() {
	address := flag.String("address", "127.0.0.1:10250", "where the API server asks")
	directory := flag.String("directory", ".", "where the node agent writes what pods there are")
	certificate := flag.String("certificate", "", "PEM file")
	key := flag.String("key", "", "PEM file")
	flag.Parse()
	p := pods{*directory}
	mux := http.NewServeMux()
	mux.HandleFunc("/portForward/{namespace}/{pod}", p.servePortForward)
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", p.serveExec)
	mux.HandleFunc("/containerLogs/{namespace}/{pod}/{container}", p.serveLogs)
	// SPDY takes the connection over, which HTTP/2 does not allow.
	server := http.Server{Addr: *address, Handler: mux, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	log.Fatal(server.ListenAndServeTLS(*certificate, *key))
}
