"""kill -9 at any request of `up`: the same command again makes the same mesh, and a third one writes nothing.

A request is on the wire or answered when the tool's log has it, so a kill at its line leaves its effect without the tool's knowledge.
MESH_KILLS is how many requests are drawn (`all`: each of them, which takes hours), MESH_SEED which ones."""

import os
import random
import re
import select

import pytest

from conftest import ALIAS, PAIR, Victim, eventually

SEED, KILLS = int(os.environ.get("MESH_SEED", "1")), os.environ.get("MESH_KILLS", "2")
REQUEST = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) https://")


def up_until(world, last=None) -> int:
    """Runs `up` and ends it hard when the request `last` is logged; how many there were."""
    victim = Victim(world, "up", "-f", world.file, "--yes", "-v", "6")
    number = 0
    for line in victim.log:
        number += bool(REQUEST.search(line))
        if number == last:
            victim.end()
    status = victim.wait()
    assert (status == 0) == (last is None), status
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

    def wait(self, victim):
        """Until it has begun on both clusters; not longer than the run itself."""
        text = b""
        while text.count(b"\n") < len(PAIR):
            assert victim.process.poll() is None, f"`up` ended with {victim.process.returncode} before"
            if select.select([self.begun], [], [], 1)[0]:
                text += os.read(self.begun, 100)

    def let_go(self):
        os.write(self.word, b"go\n" * len(PAIR))


def up_until_helm(world, release):
    """The same when the helm of a release is at work, which goes on after the run has ended."""
    helm = HeldHelm(world, release)
    with open(helm.folder / "log", "w") as log:
        victim = Victim(world, "up", "-f", helm.file, "--yes", log=log)
        try:
            helm.wait(victim)
        finally:
            victim.end()
            helm.let_go()
        assert victim.wait() != 0


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
