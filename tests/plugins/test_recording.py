"""From a run to a test: what a plugin was asked and told on clusters is recorded, and its own test replays it in every language."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from workshop import KEPT, STAGE, TOOLS, Workshop, environment
from world import TOKEN

PAGE = Path(__file__).resolve().parents[2] / "docs/plugins/authors.md"
TESTS = {
    "cpp": ("test_recording.cpp", """
#include "mesh/testing.hpp"
int main() {
  mesh::testing::require(mesh::testing::replay(kubectl_mesh_plugin_v1(), "run.jsonl") == 1, "one question");
}
""", """
[ -x replay ] || for name in test_recording src/plugin; do $CXX -std=c++20 $(pkg-config --cflags mesh-sdk) -c $name.cpp -o $name.o; done
[ -x replay ] || $CXX test_recording.o src/plugin.o -o replay -lmesh_testing $(pkg-config --libs mesh-sdk)
./replay
"""),
    "c": ("recording.c", """
#include "replay.h"
int main(void) { return replay("run.jsonl") == 1 ? 0 : 1; }
""", "make build/recording && build/recording"),
    "go": ("recording_test.go", """
package main

import (
	"testing"

	"kubectl-mesh.dev/sdk/meshtest"
)

func TestRecording(t *testing.T) {
	if count, err := meshtest.Replay(plugin, "run.jsonl"); count != 1 || err != nil {
		t.Fatal(count, err)
	}
}
""", "go test -run Recording ."),
    "rust": ("src/recording.rs", """
#[test]
fn recording() {
    assert_eq!(mesh_sdk::testing::replay(&super::plugin(), "run.jsonl"), Ok(1));
}
""", "grep -q 'mod recording' src/lib.rs || echo '#[cfg(test)] mod recording;' >> src/lib.rs; cargo test recording"),
}


@pytest.mark.parametrize("language", TESTS)
def test_a_run_is_recorded_and_replayed(world, language):
    if not shutil.which(TOOLS[language]):
        pytest.skip(f"{TOOLS[language]} is not on this machine: the SDK for {language} is not tested")
    library = world.folder / "my-check.so"
    shutil.copyfile(Workshop([(language, "check")]).library(language, "check"), library)
    assert world.run("plugin", "install", str(library), "--trust", "--yes").code == 0
    recording = world.folder / "run.jsonl"
    command = next(line.strip() for line in PAGE.read_text().splitlines() if line.startswith("    KUBECTL_MESH_RECORD"))
    run = subprocess.run(["bash", "-ec", command.replace("kubectl mesh", "kubectl-mesh")], cwd=world.folder,
                         env={**world.environment(), **environment()}, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    lines = [json.loads(line) for line in recording.read_text().splitlines()]
    told = [line for line in lines if line["by"] == "my-check"]
    assert {read["cluster"] for line in told for read in line["request"].get("reads", [])} == {"a", "b"}, lines
    assert TOKEN not in recording.read_text() and recording.stat().st_mode & 0o077 == 0

    project = world.folder / "project"
    shutil.copytree(KEPT / f"{language}-check", project, ignore=shutil.ignore_patterns("build"))
    name, text, command = TESTS[language]
    (project / name).write_text(text)
    env = {"CXX": "c++", **os.environ, **environment(), "PKG_CONFIG_PATH": f"{STAGE}/lib/pkgconfig", "CCACHE_BASEDIR": str(world.folder)}

    def replayed():
        return subprocess.run(["bash", "-ec", command], cwd=project, env=env, capture_output=True, text=True, timeout=600)

    (project / "run.jsonl").write_text(recording.read_text())
    assert (result := replayed()).returncode == 0, result.stdout + result.stderr
    # Another answer then would have been another finding.
    next(line for line in lines if line["to"] == "check/1:my-check")["reply"]["items"] = []
    (project / "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = replayed()
    assert result.returncode != 0 and "as it was recorded" in result.stdout + result.stderr, result.stdout + result.stderr
