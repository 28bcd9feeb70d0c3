"""How the programs are built, with a Go that only pretends: needs no compiler and takes no minutes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import LAB, runs

FAKE_GO = """#!/bin/sh
case $1 in
version) echo "go version ${FAKE_VERSION:-go1.99.0} linux/amd64" ;;
list) echo one; echo two ;;
build)
  echo "$$" >> "$FAKE_LOG"
  sleep "${FAKE_SECONDS:-0}"
  while [ "$1" != -o ]; do shift; done
  echo whole > "$2" ;;
esac
"""
ENSURE = [sys.executable, "-B", "-c", "from lablib import build; print(build.ensure(['kwok'])['kwok'])"]


@pytest.fixture()
def go(tmp_path):
    """Starts a build with the fake Go; more environment by keyword."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "go").write_text(FAKE_GO)
    (tmp_path / "bin" / "go").chmod(0o755)
    env = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"),
           "FAKE_LOG": str(tmp_path / "builds"), "PYTHONPATH": str(LAB.parent)}

    def start(**more):
        return subprocess.Popen(ENSURE, env={**env, **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    start.cache, start.builds, start.env = tmp_path / "cache" / "kubectl-mesh-lab", tmp_path / "builds", env
    return start


def compilers(go):
    deadline = time.monotonic() + 20
    while not (go.builds.exists() and go.builds.read_text().strip()):
        assert time.monotonic() < deadline, "no build began"
        time.sleep(0.02)
    return [int(line) for line in go.builds.read_text().split()]


def finished(build):
    out, err = build.communicate(timeout=60)
    assert build.returncode == 0, err
    return Path(out.strip())


def test_a_second_time_nothing_is_built(go):
    entry = finished(go())
    assert (entry / "kwok").read_text() == "whole\n"
    assert finished(go()) == entry
    assert len(compilers(go)) == 1


def test_another_go_is_another_entry(go):
    assert finished(go()) != finished(go(FAKE_VERSION="go1.99.1"))


def test_two_at_once_build_once(go):
    first = go(FAKE_SECONDS="1")
    compilers(go)
    second = go(FAKE_SECONDS="1")
    assert finished(first) == finished(second)
    assert len(compilers(go)) == 1


def test_a_killed_build_leaves_nothing_that_looks_finished(go):
    killed = go(FAKE_SECONDS="600")
    compiler = compilers(go)[0]
    killed.kill()
    killed.communicate()
    assert runs(compiler), "the compiler outlives its launcher"
    entry = finished(go())
    assert not runs(compiler)
    assert (entry / "kwok").read_text() == "whole\n"
    assert not list(go.cache.glob("*.part")) and not list(go.cache.glob("*.process"))


def test_down_ends_the_compiler_of_a_killed_build(go, tmp_path):
    killed = go(FAKE_SECONDS="600")
    compiler = compilers(go)[0]
    killed.kill()
    killed.communicate()
    subprocess.run([LAB, "down"], env={**go.env, "LAB_DIR": str(tmp_path / "state")}, check=True, capture_output=True)
    assert not runs(compiler)
    assert not list(go.cache.glob("*.part"))


def test_an_interrupt_ends_the_compiler(go):
    build = go(FAKE_SECONDS="600")
    compiler = compilers(go)[0]
    build.send_signal(signal.SIGINT)
    build.communicate(timeout=20)
    assert not runs(compiler)


@pytest.mark.parametrize("version, said", [("go1.19.8", "Go 1.19.8 is too old"), ("", "Go is missing")])
def test_without_a_fitting_go(go, tmp_path, version, said):
    env = {**go.env, "LAB_DIR": str(tmp_path / "state"), "FAKE_VERSION": version}
    if not version:
        env["PATH"] = "/nowhere"
    result = subprocess.run([LAB, "up"], env=env, capture_output=True, text=True)
    assert result.returncode == 1
    assert said in result.stderr and "https://go.dev/dl" in result.stderr
    assert "Traceback" not in result.stderr
