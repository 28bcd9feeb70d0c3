"""docs/plugins/using.md: a plan or a list of a third-party plugin, from its helper process, may have 64 MiB. Before, 8 MiB were the end.

The plugin `bulky` (tests/abi/bulky.cpp) answers with as many objects of as many bytes as a test says."""

import json
import os
from pathlib import Path

import pytest

PLUGIN = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins/bulky.so"
MIB = 1 << 20


@pytest.fixture()
def lone(world):
    assert world.run("plugin", "install", PLUGIN, "--trust", "--yes").code == 0
    return world


def words(verb, count, size, *more) -> tuple:
    return ("bulky", verb, "--contexts", "a", "--set", f"count={count}", "--set", f"size={size}", *more)


def bulks(world) -> dict:
    return {key[-1]: len(value["data"]["bulk"]) for key, value in world["a"].kube.objects.items() if key[-1].startswith("bulk-")}


def test_a_plan_of_24_mib_is_shown_whole(lone):
    """As long as 48 ConfigMaps of half of what etcd takes, and as many as 10,000 small ones."""
    large = lone.run(*words("make", 48, MIB // 2, "--dry-run=client", "-o", "json"))
    assert large.code == 0 and len(large.out) > 24 * MIB, large.err
    assert len(large.document()["actions"]) == 48
    many = lone.run(*words("make", 10_000, 1000, "--dry-run=client", "-o", "json"))
    assert many.code == 0 and len(many.out) > 10 * MIB and len(many.document()["actions"]) == 10_000, many.err


def test_a_plan_of_12_mib_is_carried_out(lone):
    result = lone.run(*words("make", 24, MIB // 2, "--yes"))
    assert result.code == 0, result.said
    assert bulks(lone) == {f"bulk-{number}": MIB // 2 for number in range(24)}


def test_a_list_of_12_mib_is_printed_whole(lone):
    result = lone.run(*words("show", 24, MIB // 2, "-o", "json"))
    assert result.code == 0, result.err
    assert [len(item["bulk"]) for item in result.document()["items"]] == [MIB // 2] * 24


@pytest.mark.parametrize("verb", ["make", "show"])
def test_more_than_64_mib_is_refused_by_name_and_nothing_is_written(lone, verb):
    result = lone.run(*words(verb, 130, MIB // 2, *(["--yes"] if verb == "make" else [])))
    assert result.code == 7 and "plugin bulky 1.0.0 answered more than 64 MiB" in result.err, result.said
    assert "--contexts" in result.err and bulks(lone) == {}
