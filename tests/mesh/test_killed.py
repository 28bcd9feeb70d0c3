"""kill -9 at any request of `up`: the same command again makes the same mesh, and a third one writes nothing.

A request is on the wire or answered when the tool's log has it, so a kill at its line leaves its effect without the tool's knowledge.
MESH_KILLS is how many requests are drawn (`all`: each of them, which takes hours), MESH_SEED which ones."""

import itertools
import os
import random
import re
import select
import subprocess

import pytest

from conftest import ALIAS, BINARY, LAB, PAIR, eventually

SEED, KILLS = int(os.environ.get("MESH_SEED", "1")), os.environ.get("MESH_KILLS", "2")
REQUEST = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) https://")


def start(world, file=None, stderr=subprocess.PIPE):
    words = [str(LAB), "exec", "--", "sh", "-c", 'echo $$ > victim; exec "$@"', "sh", str(BINARY), "up", "-f", str(file or world.file), "--yes", "-v", "6"]
    return subprocess.Popen(words, env=world.environment, cwd=world.folder, stdout=subprocess.DEVNULL, stderr=stderr, text=True)


def kill(world):
    world.inside("sh", "-c", "kill -9 $(cat victim)", expect=None)


def up_until(world, last=None) -> int:
    """Runs `up` and ends it hard when the request `last` is logged; how many there were."""
    process = start(world)
    numbers = itertools.count(1)
    number = 0
    for line in process.stderr:
        if not REQUEST.search(line):
            continue
        number = next(numbers)
        if number == last:
            kill(world)
    process.wait(60)
    assert (process.returncode == 0) == (last is None), process.returncode
    return number


HELD = """#!/bin/sh
# The helm of one release says that it begins and waits for a word, with all of its input. Every other one just runs.
case " $* " in *" upgrade --install {release} "*)
  cat > {folder}/values.$$
  echo begun > {folder}/begun
  read -r _ < {folder}/go
  exec helm "$@" < {folder}/values.$$ ;;
esac
exec helm "$@"
"""


class HeldHelm:
    """The setting `binary` for a helm that holds at one release, on each cluster, until it is let go."""

    def __init__(self, world, release):
        self.folder = world.folder / f"held-{release}"
        self.folder.mkdir()
        program = self.folder / "helm"
        program.write_text(HELD.format(release=release, folder=self.folder))
        program.chmod(0o755)
        for name in ("begun", "go"):
            os.mkfifo(self.folder / name)
        # Open for both directions: no end waits for the other to open it.
        self.begun, self.word = (os.open(self.folder / name, os.O_RDWR) for name in ("begun", "go"))
        self.file = world.edit(f"held-{release}.yaml", ("\nhelm:", f"\nhelm:\n  binary: {program}"))

    def wait(self, process):
        """Until it has begun on both clusters; a run that ends before shows in `process`."""
        text = b""
        while text.count(b"\n") < len(PAIR):
            assert process.poll() is None, f"`up` ended with {process.returncode} before"
            if select.select([self.begun], [], [], 1)[0]:
                text += os.read(self.begun, 100)

    def let_go(self):
        os.write(self.word, b"go\n" * len(PAIR))


def up_until_helm(world, release):
    """The same when the helm of a release is at work, which goes on after the run has ended."""
    helm = HeldHelm(world, release)
    with open(helm.folder / "log", "w") as log:
        process = start(world, helm.file, log)
        try:
            helm.wait(process)
        finally:
            kill(world)
            helm.let_go()
        assert process.wait(60) != 0


def made(world) -> dict:
    """What both clusters hold, without what differs each time: certificates and what istiod copies of them."""
    found = {}
    for cluster in PAIR:
        for name, item in world.snapshot(cluster).items():
            if "istio-ca" in name or "webhook" in name.lower():
                continue
            found[(cluster, name)] = sorted(item.get("data", {}))
    return found


def take_down(world):
    """`down`, and the seconds that a namespace takes to go."""
    world.mesh("down", "-f", world.file, "--yes", seconds=600)
    for cluster in PAIR:
        eventually(lambda name=cluster: not world.get(name, "namespace", "istio-system"), f"the namespace of {cluster} is gone", 90)


def test_the_start(world):
    world.file = world.write_mesh_file()
    world.requests = up_until(world)
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    world.whole = made(world)
    take_down(world)


def drawn(world) -> list:
    every = range(1, world.requests)
    return list(every) if KILLS == "all" else sorted(random.Random(SEED).sample(every, int(KILLS)))


def converges(world) -> str:
    """What is wrong after a kill; "" if all is well."""
    again = world.mesh("up", "-f", world.file, "--yes", expect=None)
    if again.returncode != 0:
        return f"the same command ended with {again.returncode}: {again.stderr}"
    if made(world) != world.whole:
        return f"another mesh: {set(made(world)) ^ set(world.whole)}"
    return "".join(f"a third run wrote {line}" for line in world.writes("up", "-f", world.file, "--yes"))


def test_the_same_command_ends_what_was_killed(world):
    wrong = {}
    for at in drawn(world):
        up_until(world, at)
        wrong[at] = converges(world)
        take_down(world)
    assert wrong and not any(wrong.values()), f"MESH_SEED={SEED}, {world.requests} requests: {wrong}"


@pytest.mark.parametrize("release", ["istio-base", "istiod", "istio-eastwestgateway"])
def test_a_helm_that_outlives_its_run_is_in_nobodys_way(world, release):
    up_until_helm(world, release)
    wrong = converges(world)
    take_down(world)
    assert wrong == ""
