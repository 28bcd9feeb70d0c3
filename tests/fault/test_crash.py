"""kill -9 at every request of a run: the same command again ends where an undisturbed run does."""

import itertools
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from faultserver import Gone
from world import World, finish

BEFORE, AFTER = "before it is carried out", "after it is carried out"


class Killer:
    """Ends the tool at the i-th request of all clusters together."""

    def __init__(self, world, at, phase):
        self.numbers, self.at, self.phase = itertools.count(1), at, phase
        self.process = None
        self.started = threading.Event()
        for cluster in world.clusters.values():
            cluster.script("*", "*", self.fault)

    def fault(self, exchange):
        mine = next(self.numbers) == self.at
        if mine and self.phase == BEFORE:
            self.kill()
        response = exchange.answer()
        if mine and self.phase == AFTER:
            self.kill()
        exchange.reply(response)

    def kill(self):
        self.started.wait(10)
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        raise Gone

    def watch(self, process):
        self.process = process
        self.started.set()


def private_keys(world):
    """Every file below home that holds a private key."""
    return {path: mode for path, mode in world.private_files().items() if b"PRIVATE KEY" in path.read_bytes()}


def in_clusters(world):
    """What the clusters hold beyond what they began with: name and root, without uid, version and time."""
    found = {}
    for name, cluster in world.clusters.items():
        for key, document in cluster.kube.snapshot().items():
            root = document.get("data", {}).get("root-cert.pem")
            found[(name, *key)] = (sorted(document.get("data", {})), root)
    return found


def install(world, *words):
    return world.run("certs", "install", "--contexts", "a,b", "--yes", *words)


SWEEPS = {"install": (None, ["install"]), "remove": (install, ["remove"]), "rotate": (install, ["rotate", "--intermediate"])}


def prepared(folder, pki, first):
    folder.mkdir()
    world = World(folder, pki)
    if first:
        assert first(world).code == 0
        world.forget()
    return world


def places_to_die(folder, pki, first, words):
    """From a clean run; one that begins with a change is worth dying in from its first write on."""
    world = prepared(folder, pki, first)
    assert world.run("certs", *words, "--contexts", "a,b", "--yes").code == 0
    requests = sorted((request for cluster in world.clusters.values() for request in cluster.server.requests), key=lambda request: request.time)
    world.close()
    writes = [number for number, request in enumerate(requests, 1) if request.is_write]
    return range(writes[0] if first else 1, len(requests) + 1)


def one_crash(folder, pki, first, words, at, phase):
    """What is wrong after a crash there; "" if all is well."""
    world = prepared(folder, pki, first)
    killer = Killer(world, at, phase)
    process = world.start("certs", *words, "--contexts", "a,b", "--yes")
    killer.watch(process)
    finish(process)
    for cluster in world.clusters.values():
        cluster.server.rules.clear()
    try:
        return judge(world, words)
    finally:
        world.close()


def judge(world, words):
    stray = {path: mode for path, mode in private_keys(world).items() if (path, mode) != (world.root_file, 0o600)}
    if stray:
        return f"keys lie around: {stray}"
    again = world.run("certs", *words, "--contexts", "a,b", "--yes")
    if again.code != 0:
        return f"the rerun ended with {again.code}: {again.said}"
    if words == ["install"]:
        return judge_installed(world)
    left = [key for key in in_clusters(world) if key[3] == "cacerts"]
    if words == ["remove"] and left:
        return f"still there: {left}"
    return ""


def judge_installed(world):
    roots = {root for _, root in in_clusters(world).values() if root}
    if len(roots) != 1:
        return f"{len(roots)} roots in the clusters"
    if world.run("certs", "verify", "--contexts", "a,b").code != 0:
        return "verify fails"
    world.forget()
    third = install(world)
    return f"the third run wrote: {third.said}" if third.code != 0 or world.writes() else ""


@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_run_that_was_killed_anywhere_is_ended_by_the_same_command(tmp_path, pki, sweep):
    """F25, I3, I5, I6; a run has some dozen requests, and each is a place to die before and after."""
    first, words = SWEEPS[sweep]
    places = places_to_die(tmp_path / "clean", pki, first, words)
    points = [(at, phase) for at in places for phase in (BEFORE, AFTER)]
    with ThreadPoolExecutor(4) as pool:
        verdicts = pool.map(lambda point: one_crash(tmp_path / f"{point[0]}-{point[1][:5]}", pki, first, words, *point), points)
        wrong = {point: verdict for point, verdict in zip(points, verdicts) if verdict}
    assert len(points) >= 4 and wrong == {}


def test_the_rerun_of_a_failed_run_keeps_the_first_root(world):
    """A second root would split the mesh."""
    world["a"].script("PATCH", "*/cacerts", lambda exchange: exchange.reset())
    assert world.install("--request-timeout", "500ms").code == 3
    root = world.root_file.read_bytes()
    world["a"].server.rules.clear()
    assert world.install().code == 0 and world.root_file.read_bytes() == root
