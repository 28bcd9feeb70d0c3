"""docs/plugins/using.md, "What you agree to": everything that a run writes was shown or announced before the operator said yes.

The plugin `rounds` (tests/abi/rounds.cpp) plans what a test gives it: the first plan shows a harmless ConfigMap and says that it continues;
what comes then is the attempt."""

import json
import os
from pathlib import Path

import pytest
from terminal import on_a_terminal
from world import BINARY

PLUGIN = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins/rounds.so"


def config_map(name, text="harmless", cluster="a") -> dict:
    return {"type": "apply", "cluster": cluster, "reason": "why", "object": {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default", "name": name}, "data": {"key": text}}}


def hidden(name="admin") -> dict:
    """What an attacker would like to bring in; the fake servers know no ClusterRoleBinding."""
    return {"type": "apply", "cluster": "a", "object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}}


def plan(*actions, announces=(), continues=False) -> dict:
    return {"apiVersion": "kubectl-mesh.dev/v1", "kind": "Plan", "title": "Rounds", "actions": list(actions), "notes": [], "refusals": [],
            "next": [], "announces": list(announces), "continues": continues}


def announced(kind="Namespace", api="v1", name="admin", cluster="a", type="apply", **target) -> dict:
    return {"type": type, "cluster": cluster, "target": {"apiVersion": api, "kind": kind, "name": name, **target}}


SHOWN = config_map("shown")
FIRST = plan(SHOWN, continues=True)
# What comes after the operator's yes, and how it is told.
BEYOND = {
    "another object": ([FIRST, plan(hidden())], "create Namespace admin (a)"),
    "other content": ([FIRST, plan(config_map("shown", "harmful"))], "change ConfigMap default/shown (a)"),
    "another cluster": ([FIRST, plan(config_map("shown", cluster="b"))], "create ConfigMap default/shown (b)"),
    "a deletion": ([FIRST, plan({"type": "delete", "cluster": "a", "target": {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "default", "name": "shown"}})],
                   "delete ConfigMap default/shown (a)"),
    "a file": ([FIRST, plan({"type": "store", "file": {"name": "own", "data": "x"}})], "write file"),
    "a program": ([FIRST, plan({"type": "run", "cluster": "a", "program": "true"})], "run true"),
    "an announcement after the yes": ([FIRST, plan(SHOWN, announces=[announced()], continues=True), plan(hidden())], "create Namespace admin (a)"),
    "in the third round": ([FIRST, plan(SHOWN, continues=True), plan(hidden())], "create Namespace admin (a)"),
    "beside what was shown": ([FIRST, plan(SHOWN, hidden())], "create Namespace admin (a)"),
    **{f"announced with another {what}": ([plan(SHOWN, announces=[announced(**{what: other})], continues=True), plan(hidden())], "create Namespace admin (a)")
       for what, other in {"name": "reader", "cluster": "b", "kind": "Secret", "type": "delete", "namespace": "default"}.items()},
}
ALLOWED = {
    "what was announced": [plan(SHOWN, announces=[announced()], continues=True), plan(hidden())],
    "what was announced by a pattern": [plan(SHOWN, announces=[announced(name="ad*")], continues=True), plan(hidden())],
    "what was shown": [plan(SHOWN, hidden(), continues=True), plan(SHOWN, hidden())],
}


@pytest.fixture()
def two(world):
    assert world.run("plugin", "install", PLUGIN, "--trust", "--yes").code == 0
    return world


def words(plans, *more) -> tuple:
    return ("rounds", "go", "--contexts", "a,b", "--set", f"plans={json.dumps(plans)}", *more)


def names(world) -> set:
    return {(cluster, key[-1]) for cluster in world.clusters for key in world[cluster].kube.objects if key[-1] in ("shown", "admin")}


@pytest.mark.parametrize("plans, told", BEYOND.values(), ids=BEYOND)
def test_what_goes_beyond_is_refused_with_yes(two, plans, told):
    result = two.run(*words(plans, "--yes"))
    assert result.code == 3 and "has not announced: " in result.err and told in result.err, result.said
    assert names(two) == {("a", "shown")} and not (two.root_file.parents[1] / "rounds/own").exists()
    assert "harmful" not in str(two["a"].kube.objects)


@pytest.mark.parametrize("plans", ALLOWED.values(), ids=ALLOWED)
def test_what_was_shown_or_announced_is_carried_out(two, plans):
    result = two.run(*words(plans, "--yes"))
    assert result.code == 0 and ("a", "admin") in names(two), result.said


def test_an_announcement_is_shown_before_the_question(two):
    shown = two.run(*words(ALLOWED["what was announced"], "--dry-run=client"))
    assert "> later: create or change Namespace admin" in shown.out, shown.said
    document = two.run(*words(ALLOWED["what was announced"], "--dry-run=client", "-o", "json")).document()
    assert document["announces"][0]["target"]["name"] == "admin"


def test_the_hint_of_a_refusal_allows_just_that(two):
    plans, _ = BEYOND["another object"]
    refused = two.run(*words(plans, "--yes"))
    assert '--accept "Namespace admin"' in refused.err, refused.said
    assert two.run(*words(plans, "--yes", "--accept", "Namespace other")).code == 4
    assert two.run(*words(plans, "--yes", "--accept", "Namespace admin")).code == 0
    assert ("a", "admin") in names(two)


@pytest.mark.parametrize("answer, status", [("y", 0), ("n", 3)])
def test_on_a_terminal_it_is_asked_again(two, answer, status):
    plans, _ = BEYOND["another object"]
    code, seen = on_a_terminal(BINARY, words(plans), two.environment(), two.folder,
                               [("Apply this to 2 clusters? [y/N]", "y"), ("beyond what was announced. Apply it, too? [y/N]", answer)])
    assert code == status, seen
    assert (("a", "admin") in names(two)) == (answer == "y"), seen
    # The question names each cluster by what cannot be mistaken.
    for cluster in ("a", "b"):
        assert f"{two[cluster].url}  UID " in seen, seen


def test_what_is_declined_is_not_written(two):
    plans, _ = BEYOND["another object"]
    code, seen = on_a_terminal(BINARY, words(plans), two.environment(), two.folder, [("Apply this to 2 clusters? [y/N]", "n")])
    assert code == 1 and names(two) == set(), (code, seen)


def test_a_diff_has_all_that_would_be_created(two):
    secret = {"type": "apply", "cluster": "a", "object": {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "default", "name": "s"},
                                                          "stringData": {"key": "canary-value"}}}
    result = two.run(*words([plan(SHOWN, secret)], "--diff"))
    assert result.code == 1 and "+   key: harmless" in result.out and "+   key: sha256:" in result.out, result.said
    assert "canary-value" not in result.said
