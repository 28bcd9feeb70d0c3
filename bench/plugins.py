"""P1 to P4: what a plugin costs in our process and in a helper, beside go-plugin's child, and what fifty of them cost."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from measure import Command
from scenario import KUBECTL, Group, Scenario
from world import OURS, ROOT, World, must

SOURCE = ROOT / "sdk/examples/minimal-c/minimal.c"
MOST_MORE = 0.010  # seconds that a helper process may cost a verb
FIFTY = 50
GO_PLUGIN = ROOT / "bench/go-plugin"


def strangers(world: World, count: int, *flags) -> dict:
    """An operator who has installed so many of the smallest plugin that there is, each under a name of its own."""
    folder = world.folder / f"strangers-{count}"
    environment = world.environment(XDG_DATA_HOME=str(folder / "data"), XDG_STATE_HOME=str(folder / "state"))
    if folder.exists():
        return environment
    folder.mkdir()
    for number in range(count):
        source, library = folder / f"minimal{number}.c", folder / f"minimal{number}.so"
        source.write_text(SOURCE.read_text().replace('\\"minimal\\"', f'\\"minimal{number}\\"').replace('\\"hello\\"', f'\\"hello{number}\\"')
                          .replace("command/1:hello", f"command/1:hello{number}"))
        must(["cc", "-O2", "-shared", "-fPIC", f"-I{ROOT / 'sdk/include'}", str(source), "-o", str(library)], environment)
        must([OURS, "plugin", "install", str(library), *flags, "--yes"], environment)
    return environment


def both_ways(name: str, words: list, environment: dict, rounds: int) -> Scenario:
    words = [*words, "--allow-unsandboxed=minimal0"]
    sides = [Command(f"{words[1]} {words[2]}, {where}", words, {**environment, "KUBECTL_MESH_ISOLATION": isolation})
             for where, isolation in (("in a helper", "helper"), ("in process", "process"))]
    return Scenario(name, *sides, rounds=rounds, more_limit=MOST_MORE)


def first_call(world: World) -> list:
    words = [OURS, "hello0", "greet", "--contexts", world.contexts(1)[0]]
    return [both_ways("P1 load and first call in a helper", words, strangers(world, 1, "--trust"), rounds=100)]


def go_plugin(environment: dict) -> str:
    """The program of bench/go-plugin, built once for each text of it; empty: there is no Go here."""
    if not shutil.which("go"):
        return ""
    digest = hashlib.sha256(b"".join((GO_PLUGIN / name).read_bytes() for name in ("main.go", "go.mod", "go.sum"))).hexdigest()
    program = ROOT / f"build/bench/go-plugin-{digest[:16]}"
    if not program.exists():
        must(["go", "-C", str(GO_PLUGIN), "build", "-trimpath", "-ldflags=-s -w", "-o", str(program), "."], environment)
    return str(program)


def beside_go(world: World) -> list:
    """Ours asks a cluster who it is as well, which the peer has no need to."""
    program = go_plugin(dict(os.environ))
    if not program:
        print("P4 is left out: Go is not installed", file=sys.stderr)
        return []
    words = [OURS, "hello0", "greet", "--contexts", world.contexts(1)[0]]
    environment = {**strangers(world, 1, "--trust"), "KUBECTL_MESH_ISOLATION": "helper"}
    return [Scenario("P4 helper and first call", Command("hello0 greet, in a helper", words, environment),
                     Command("go-plugin: gRPC child, first call", [program], environment), rounds=100)]


def fifty(world: World) -> list:
    environment = strangers(world, FIFTY)
    return [Scenario(f"P2 plugin list, {FIFTY} plugins", Command("plugin list", [OURS, "plugin", "list"], environment),
                     Command("kubectl plugin list", [KUBECTL, "plugin", "list"], with_programs(world.folder / "programs", environment)),
                     rounds=30, wall_limit=0.010)]


def with_programs(folder: Path, environment: dict) -> dict:
    """As many plugins of kubectl: programs on PATH."""
    folder.mkdir()
    for number in range(FIFTY):
        program = folder / f"kubectl-minimal{number}"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return {**environment, "PATH": f"{folder}:{environment['PATH']}"}


def plan(world: World) -> list:
    contexts = ",".join(world.contexts(2))
    world.forget_mesh(world.contexts(2))
    words = [OURS, "certs", "install", "--contexts", contexts, "--dry-run=client"]
    return [both_ways("P3 a plan by a helper, 2 clusters", words, world.environment(), rounds=30)]


GROUPS = {"P1": Group(first_call, "bare"), "P2": Group(fifty, ""), "P3": Group(plan, "bare"),
          "P4": Group(beside_go, "bare")}
