package authority

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	mesh "kubectl-mesh.dev/sdk"
)

// ReadFile reads a file that the operator named. A shell does not expand the ~ of name=~/file, so this does.
func ReadFile(path string) ([]byte, error) {
	if rest, found := strings.CutPrefix(path, "~/"); found {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(home, rest)
	}
	content, err := os.ReadFile(path)
	if err == nil {
		return content, nil
	}
	hint := "check the path"
	if errors.Is(err, fs.ErrPermission) {
		hint = "check its owner and mode: ls -l " + path
	}
	return nil, mesh.Refuse("cannot read "+path+": "+reason(err), hint)
}

// ReadSecret reads a password or token: the first line of a file.
func ReadSecret(path string) (string, error) {
	content, err := ReadFile(path)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	secret := strings.TrimSuffix(line, "\r")
	if secret == "" {
		return "", mesh.Refuse(path+" is empty", "its first line is the secret")
	}
	return secret, nil
}

// reason is the system's word without the path, which the message has already.
func reason(err error) string {
	if cause, is := errors.AsType[*fs.PathError](err); is {
		return cause.Err.Error()
	}
	return err.Error()
}
