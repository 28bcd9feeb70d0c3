package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/creack/pty"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

type executor struct {
	pods
	namespace, name string
}

// ExecInContainer runs a command in the namespaces of the pod; its containers share one root directory here.
func (e executor) ExecInContainer(ctx context.Context, _, _, _ string, command []string, in io.Reader, out, errOut io.WriteCloser,
	tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	holder, err := e.holder(e.namespace, e.name)
	if err != nil {
		return err
	}
	words := append([]string{"--target", strconv.Itoa(holder), "--net", "--mount", "--root", "--wd", "--"}, command...)
	child := exec.CommandContext(ctx, "nsenter", words...)
	child.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/", "TERM=xterm"}
	if tty {
		err = withTerminal(child, in, out, resize)
	} else {
		err = withPipes(child, in, out, errOut)
	}
	if exit, ok := err.(*exec.ExitError); ok {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}

// withPipes does not wait for the client's end of input, as exec.Cmd would: a command may end without reading it.
func withPipes(child *exec.Cmd, in io.Reader, out, errOut io.Writer) error {
	child.Stdout, child.Stderr = out, errOut
	if in != nil {
		pipe, err := child.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			io.Copy(pipe, in)
			pipe.Close()
		}()
	}
	return child.Run()
}

func withTerminal(child *exec.Cmd, in io.Reader, out io.Writer, resize <-chan remotecommand.TerminalSize) error {
	terminal, err := pty.Start(child)
	if err != nil {
		return err
	}
	defer terminal.Close()
	go func() {
		for size := range resize {
			pty.Setsize(terminal, &pty.Winsize{Rows: size.Height, Cols: size.Width})
		}
	}()
	if in != nil {
		go io.Copy(terminal, in)
	}
	if out == nil {
		out = os.Stdout
	}
	io.Copy(out, terminal)
	return child.Wait()
}
