"""docs/plugins/authors.md, "What will not change": a code that the host does not know becomes `failed`, and the message names plugin and code.

The plugin `rounds` (tests/abi/rounds.cpp) answers the plan that a test gives it."""

import json
import os
from pathlib import Path

PLUGIN = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins/rounds.so"


def refused(world, **problem) -> dict:
    plan = {"apiVersion": "kubectl-mesh.dev/v1", "kind": "Plan", "title": "Rounds", "actions": [], "refusals": [problem]}
    result = world.run("rounds", "go", "--contexts", "a", "--set", f"plans={json.dumps([plan])}", "--yes", "-o", "json")
    assert result.code != 0
    document = result.document()
    return (document.get("refusals") or document["problems"])[0]


def test_an_unknown_code_becomes_failed_in_the_name_of_the_plugin(world):
    assert world.run("plugin", "install", PLUGIN, "--trust", "--yes").code == 0
    odd = refused(world, code="vault-down", message="the vault is sealed", hint="unseal it")
    assert odd["code"] == "failed" and odd["hint"] == "unseal it"
    assert odd["message"] == 'the vault is sealed (plugin rounds gave it the unknown code "vault-down")'
    known = refused(world, code="conflict", message="held")
    assert known["code"] == "conflict" and known["message"] == "held"
