package main

import (
	"testing"

	mesh "kubectl-mesh.dev/sdk"
)

func TestOnlyOurPartChanges(t *testing.T) {
	names := []mesh.DnsName{
		{Host: "a.global", Addresses: []string{"240.0.0.2", "fd00::2"}},
		{Host: "b.global", Addresses: []string{"240.0.0.3"}},
	}
	for _, file := range []string{"", "10.1.1.1 corp\n", "10.1.1.1 corp", part("other", names)} {
		made := with(file, "global", names)
		if want := file + "\n# BEGIN kubectl-mesh global\n240.0.0.2 a.global\nfd00::2 a.global\n240.0.0.3 b.global\n# END kubectl-mesh global\n"; made != want {
			t.Errorf("with %q: %q", file, made)
		}
		edited := with(made+"10.1.1.2 later\n", "global", names[1:])
		if want := file + part("global", names[1:]) + "10.1.1.2 later\n"; edited != want {
			t.Errorf("edited %q: %q", file, edited)
		}
		if back := without(made, "global"); back != file {
			t.Errorf("without %q: %q", file, back)
		}
	}
}

func TestTornMarksAreSeen(t *testing.T) {
	whole := part("global", nil)
	for file, want := range map[string]bool{"": false, whole: false, whole + part("other", nil): false, begin("global"): true, end("global"): true, whole + whole: true} {
		if torn(file, "global") != want {
			t.Errorf("torn(%q) is not %v", file, want)
		}
	}
}
