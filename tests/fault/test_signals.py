"""Interrupts, closed pipes and full devices: a run ends soon, says where it stands, and can be continued."""

import os
import pty
import signal
import subprocess

import pytest

import faults
from world import PATIENCE, finish, interrupt, wait_until

NAMESPACE = "/api/v1/namespaces/kube-system"
SECRET = "/api/v1/namespaces/istio-system/secrets/cacerts"


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("words", [["install", "--yes"], ["verify"]])
def test_a_signal_ends_a_hanging_read_at_once(world, number, code, words):
    """F26."""
    for name in ("a", "b"):
        world[name].script("GET", "*", faults.hold())
    process = world.start("certs", *words, "--contexts", "a,b")
    wait_until(lambda: world["a"].server.requests and world["b"].server.requests)
    interrupt(process, number)
    result = finish(process)
    assert result.code == code and "interrupted" in result.said
    assert world.writes() == []


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_writing_begins_no_new_step(world, number, code):
    for name in ("a", "b"):
        world[name].script("PATCH", "/api/v1/namespaces/istio-system", faults.hold(), nth=1)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: len(world.writes()) == 2)
    interrupt(process, number)
    result = finish(process)
    assert result.code == code, result.said
    assert not [request for request in world.writes() if request.path == SECRET]
    assert "interrupted" in result.said and "not started" in result.said
    assert world.install().code == 0


def test_a_second_signal_ends_what_does_not_listen(lone):
    """F27: the login program ignores TERM, and its grace is two seconds: after a second signal it outlives the run."""
    script = lone.folder / "stubborn"
    script.write_text(f"#!/bin/sh\ntrap 'touch {lone.folder}/asked' TERM INT\necho $$ > {lone.folder}/pid\nwhile :; do sleep 0.05; done\n")
    script.chmod(0o700)
    lone.users["a"] = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script), "interactiveMode": "Never"}}
    process = lone.start("certs", "install", "--context", "a", "--yes")
    wait_until(lambda: (lone.folder / "pid").exists() and (lone.folder / "pid").read_text())
    interrupt(process)
    wait_until((lone.folder / "asked").exists)
    interrupt(process)
    assert process.wait(PATIENCE) == 130
    os.kill(int((lone.folder / "pid").read_text()), signal.SIGKILL)
    finish(process)


def test_a_reader_who_left_stops_no_write(world):
    """`| head -0`: SIGPIPE must not end a run between two writes."""
    reader, writer = os.pipe()
    os.close(reader)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes", stdout=writer)
    os.close(writer)
    assert finish(process).code == 0
    assert world["a"].kube.secret("root-cert.pem") == world["b"].kube.secret("root-cert.pem")


def test_no_stderr_stops_no_write(world):
    reader, writer = os.pipe()
    os.close(reader)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes", "-v", "8", stderr=writer)
    os.close(writer)
    assert finish(process).code == 0
    assert len(world.writes()) == 4


def test_sighup_leaves_a_state_to_continue_from(world):
    world["b"].script("PATCH", SECRET, faults.hold(), nth=1)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: [request for request in world["b"].server.writes() if request.path == SECRET])
    interrupt(process, signal.SIGHUP)
    finish(process)
    assert world.install().code == 0


def test_a_terminal_shows_what_is_waited_for(lone):
    """F6: a slow server is waited for, and the operator sees it."""
    lone["a"].script("GET", NAMESPACE, faults.slow(1), nth=1)
    lone.extra_env = {"TERM": "xterm"}
    controller, terminal = pty.openpty()
    process = lone.start("certs", "install", "--context", "a", "--yes", stderr=terminal, stdout=subprocess.DEVNULL)
    os.close(terminal)
    shown = b""
    while b"asking who the clusters are" not in shown:
        shown += os.read(controller, 4096)
    assert process.poll() is None
    assert process.wait(PATIENCE) == 0
    os.close(controller)
