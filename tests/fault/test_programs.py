"""A program that a killed run started goes on: it is not hindered, and the next run waits for its end."""

import os
import signal

import pytest

from world import finish, wait_until

# Says something when its run is gone, as helm says the API server's warnings.
PROGRAM = """#!/bin/sh
echo "begin $2" >> {folder}/told
while [ ! -e {folder}/go-on ]; do sleep 0.05; done
echo word; echo word >&2
echo "end $2" >> {folder}/told
"""


@pytest.fixture()
def words(lone):
    """`helm install` with a program of our own, and charts for it."""
    for chart in ("base", "istiod", "gateway"):
        (lone.folder / "charts" / chart).mkdir(parents=True)
        (lone.folder / "charts" / chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {chart}\nversion: 1.31.0\n")
    program = lone.folder / "slow"
    program.write_text(PROGRAM.format(folder=lone.folder))
    program.chmod(0o700)
    return ["helm", "install", "--context", "a", "--charts", str(lone.folder / "charts"), "--helm", str(program)]


def told(lone):
    path = lone.folder / "told"
    return path.read_text().splitlines() if path.exists() else []


def killed(lone, words):
    process = lone.start(*words, "--yes")
    wait_until(lambda: told(lone) or process.poll() is not None)
    os.kill(process.pid, signal.SIGKILL)
    result = finish(process)
    assert told(lone) == ["begin --install"], result.said


def test_the_next_run_waits_for_the_program_of_a_killed_one(lone, words):
    killed(lone, words)
    lone.forget()
    again = lone.start(*words, "--yes", "--timeout", "60s")
    assert again.stderr.readline().decode() == "a: a program that an earlier run started is still at work; waiting for it\n"
    requests = len(lone["a"].server.requests)
    (lone.folder / "go-on").touch()
    wait_until(lambda: len(told(lone)) == 4)
    assert told(lone) == ["begin --install", "end --install"] * 2
    assert len(lone["a"].server.requests) > requests, "it was planned before the other had ended"
    again.kill()  # it waits for CRDs that nobody makes
    finish(again)


def test_it_does_not_wait_for_ever_and_who_only_looks_does_not_wait(lone, words):
    killed(lone, words)
    shown = lone.run(*words, "--dry-run=client")
    assert shown.code == 0 and "still at work" not in shown.err, shown.said
    lone.forget()
    refused = lone.run(*words, "--yes", "--timeout", "3s")
    assert refused.code == 3 and "a program that another run started is still at work on this cluster" in refused.err, refused.said
    assert lone.writes() == [] and told(lone) == ["begin --install"]
    (lone.folder / "go-on").touch()
    wait_until(lambda: len(told(lone)) == 2)
