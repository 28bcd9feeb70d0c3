"""P1 to P3: what a plugin costs in our process and in a helper, and what fifty of them cost."""

import shutil
from pathlib import Path

from measure import Command
from scenario import KUBECTL, Group, Scenario
from world import OURS, ROOT, World

EXAMPLE = ROOT / "build/release/examples/minimal"
MOST_MORE = 0.010  # seconds that a helper process may cost a verb
FIFTY = 50


def copy_of_example(folder: Path, number: int):
    """The smallest plugin of a stranger, under a name of its own as far as its manifest goes."""
    text = EXAMPLE.with_suffix(".json").read_text()
    if number:
        text = text.replace('"minimal"', f'"minimal{number}"').replace('"hello"', f'"hello{number}"')
    name = f"minimal{number or ''}"
    (folder / f"{name}.json").write_text(text)
    shutil.copy(EXAMPLE.with_suffix(".so"), folder / f"{name}.so")


def with_plugins(world: World, numbers: range) -> dict:
    folder = world.folder / f"plugins-{len(numbers)}"
    folder.mkdir()
    for number in numbers:
        copy_of_example(folder, number)
    return world.environment(KUBECTL_MESH_PLUGIN_PATH=str(folder))


def both_ways(name: str, words: list, environment: dict, rounds: int) -> Scenario:
    sides = [Command(f"{words[1]} {words[2]}, {where}", words, {**environment, "KUBECTL_MESH_ISOLATION": isolation})
             for where, isolation in (("in a helper", "helper"), ("in process", "process"))]
    return Scenario(name, *sides, rounds=rounds, more_limit=MOST_MORE)


def first_call(world: World) -> list:
    return [both_ways("P1 load and first call in a helper", [OURS, "hello", "greet"], with_plugins(world, range(1)), rounds=100)]


def fifty(world: World) -> list:
    """None of the libraries is loaded: they are the same, and would say that they are another plugin."""
    environment = with_plugins(world, range(1, FIFTY + 1))
    programs = world.folder / "kubectl-plugins"
    programs.mkdir()
    for number in range(FIFTY):
        program = programs / f"kubectl-minimal{number}"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    of_kubectl = {**environment, "PATH": f"{programs}:{environment['PATH']}"}
    return [Scenario(f"P2 plugin list, {FIFTY} plugins", Command("plugin list", [OURS, "plugin", "list"], environment),
                     Command("kubectl plugin list", [KUBECTL, "plugin", "list"], of_kubectl), rounds=30, wall_limit=0.010)]


def plan(world: World) -> list:
    contexts = ",".join(world.contexts(2))
    world.forget_mesh(world.contexts(2))
    words = [OURS, "certs", "install", "--contexts", contexts, "--dry-run=client"]
    return [both_ways("P3 a plan by a helper, 2 clusters", words, world.environment(), rounds=30)]


GROUPS = {"P1": Group(first_call, ""), "P2": Group(fifty, ""), "P3": Group(plan, "bare")}
