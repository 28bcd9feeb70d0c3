package main

import (
	"strings"

	mesh "kubectl-mesh.dev/sdk"
)

// Only what stands between our marks changes; every other byte of the file is somebody else's. The line break before the first mark is
// ours, too: a file may end without one.

func begin(suffix string) string { return "\n# BEGIN kubectl-mesh " + suffix + "\n" }
func end(suffix string) string   { return "# END kubectl-mesh " + suffix + "\n" }

// part is what we write into the file.
func part(suffix string, names []mesh.DnsName) string {
	var lines strings.Builder
	for _, name := range names {
		for _, address := range name.Addresses {
			lines.WriteString(address + " " + name.Host + "\n")
		}
	}
	return begin(suffix) + lines.String() + end(suffix)
}

// around is the file before and behind our part; found says whether there is one.
func around(file, suffix string) (before, after string, found bool) {
	before, rest, found := strings.Cut(file, begin(suffix))
	_, after, _ = strings.Cut(rest, end(suffix))
	return before, after, found
}

// torn says that somebody edited our marks: what is ours cannot be told any more.
func torn(file, suffix string) bool {
	marks := strings.Count(file, begin(suffix))
	return marks > 1 || marks != strings.Count(file, end(suffix))
}

// with is the file with this part of ours, at its place or at the end.
func with(file, suffix string, names []mesh.DnsName) string {
	before, after, _ := around(file, suffix)
	return before + part(suffix, names) + after
}

// without is the file as it was before us.
func without(file, suffix string) string {
	before, after, _ := around(file, suffix)
	return before + after
}
