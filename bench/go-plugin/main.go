// A host and its child as hashicorp/go-plugin publishes it: the program starts itself as a plugin over gRPC, makes one call, and ends.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const method = "/bench.Greeter/Greet"

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "BENCH_PLUGIN", MagicCookieValue: "greeter"}

// greeter is both sides of the one service; a message of protobuf's own saves a compiler for .proto files.
type greeter struct{ plugin.NetRPCUnsupportedPlugin }

func greet(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	request := new(wrapperspb.StringValue)
	if err := decode(request); err != nil {
		return nil, err
	}
	return wrapperspb.String("hello, " + request.Value), nil
}

func (greeter) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Greeter",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Greet", Handler: greet}},
	}, struct{}{})
	return nil
}

func (greeter) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, connection *grpc.ClientConn) (any, error) {
	return connection, nil
}

var plugins = map[string]plugin.Plugin{"greeter": greeter{}}

func firstCall(client *plugin.Client) (string, error) {
	protocol, err := client.Client()
	if err != nil {
		return "", err
	}
	dispensed, err := protocol.Dispense("greeter")
	if err != nil {
		return "", err
	}
	reply := new(wrapperspb.StringValue)
	err = dispensed.(*grpc.ClientConn).Invoke(context.Background(), method, wrapperspb.String("world"), reply)
	return reply.Value, err
}

func main() {
	if os.Getenv(handshake.MagicCookieKey) != "" {
		plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: plugins, GRPCServer: plugin.DefaultGRPCServer})
		return
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          plugins,
		Cmd:              exec.Command(os.Args[0]),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	reply, err := firstCall(client)
	client.Kill()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(reply)
}
