"""What goes wrong with an undo: its journal, its clusters, its rights. One clear error, nothing half written, and the same command continues."""

import fcntl
import json
import os

import pytest

import faults

SECRET = "/api/v1/namespaces/istio-system/secrets/cacerts"
KEPT = {("", "namespaces", "kube-system"), ("", "namespaces", "default")}


def left(world, name) -> set:
    return set(world[name].kube.objects) - KEPT


def undo(world, *words):
    return world.run("undo", *words, "--yes")


@pytest.fixture
def installed(world):
    assert world.install().code == 0
    world.forget()
    return world


HALFWAY = {"unreachable": faults.reset_before, "its rights are withdrawn": faults.api_status(403, "no role allows it", "Forbidden")}


@pytest.mark.parametrize("how", HALFWAY)
def test_a_cluster_fails_halfway_and_the_same_command_continues(installed, how):
    installed["b"].script("DELETE", SECRET, HALFWAY[how])
    result = undo(installed)
    assert result.code == 3, result.said
    assert "b: " in result.said and ("istio-system", "secrets", "cacerts") in left(installed, "b")
    assert ("istio-system", "secrets", "cacerts") not in left(installed, "a")
    installed["b"].server.rules.clear()
    assert undo(installed).code == 0
    assert left(installed, "a") == left(installed, "b") == set()


def test_a_right_that_is_missing_from_the_start_writes_nothing(installed):
    installed["b"].kube.forbidden.add(("delete", "secrets"))
    result = undo(installed)
    assert result.code == 5 and "delete secrets" in result.said
    assert installed.writes() == []


@pytest.mark.parametrize("torn", ['{"type":"bef', "{", "\0\0\0\0"])
def test_a_journal_whose_last_line_is_torn(installed, torn):
    with installed.journals[-1].open("a") as journal:
        journal.write(torn)
    assert undo(installed).code == 0
    assert left(installed, "a") == set()


def test_a_journal_that_is_gone(installed):
    name = installed.journals[-1].stem
    installed.journals[-1].unlink()
    result = undo(installed, name)
    assert result.code == 2 and name in result.said and "undo --list" in result.said
    assert installed.writes() == []


def unreadable(path):
    path.write_text("{}\n")
    path.chmod(0)


def readable_by_others(path):
    path.write_text('{"type":"run","run":"x","command":"certs install"}\n')
    path.chmod(0o644)


def warnings(result, path) -> int:
    return sum(line.startswith("warning: ") and path.name in line for line in result.err.splitlines())


ODD = {
    "directory": lambda path: path.mkdir(),
    "fifo": os.mkfifo,
    "link": lambda path: path.symlink_to("/etc/hostname"),
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "empty": lambda path: path.touch(0o600),
    "truncated": lambda path: (path.touch(0o600), path.write_text('{"type":"ru')),
    "foreign": lambda path: (path.touch(0o600), path.write_bytes(bytes(range(256)) * 64)),
    "unreadable": unreadable,
    "readable by others": readable_by_others,
}


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_file_beside_the_journals_is_named_and_left(installed, odd):
    path = installed.journals[-1].with_name("20990101-000000-000-ffff.jsonl")
    ODD[odd](path)
    if odd == "unreadable" and os.access(path, os.R_OK):
        pytest.skip("root reads everything")
    listed = installed.run("undo", "--list")
    assert listed.code == 0 and installed.journals[0].stem in listed.out and warnings(listed, path) == 1, listed.said
    (problem,) = installed.run("undo", "--list", "-o", "json").document()["problems"]
    assert path.name in problem["message"] and problem["hint"]
    named = undo(installed, path.stem)
    assert named.code != 0 and path.name in named.said and installed.writes() == [], named.said
    again = installed.install("--dry-run=client")
    assert again.code == 0 and path.name not in again.said, again.said
    result = undo(installed)
    assert result.code == 0 and warnings(result, path) == 1, result.said
    assert left(installed, "a") == left(installed, "b") == set() and os.path.lexists(path)


def test_a_journal_of_which_half_is_lost_touches_only_what_it_knows(installed):
    journal = installed.journals[-1]
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(line for line in lines if '"Secret"' not in line) + "\n")
    result = undo(installed)
    assert result.code == 0
    # The namespace is not empty without the entries of the Secrets.
    assert ("istio-system", "secrets", "cacerts") in left(installed, "a") and ("", "namespaces", "istio-system") in left(installed, "a")


def test_a_cluster_that_was_rebuilt_since(installed):
    installed["b"].kube.get("", "namespaces", "kube-system")["metadata"]["uid"] = "another"
    result = undo(installed)
    assert result.code == 4 and "b: the context is another cluster now" in result.said
    assert installed.writes() == []


def test_a_run_that_goes_on_or_is_being_undone_by_somebody_else(installed):
    name = installed.journals[-1].stem
    with installed.journals[-1].open("a") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        result = undo(installed, name)
        assert result.code == 4 and "in progress, or is being undone" in result.said
        assert installed.writes() == []
    assert undo(installed, name).code == 0


def test_a_changed_value_of_a_secret_is_named_and_not_shown(installed):
    """SECURITY.md, "Secrets in the journal"."""
    kube = installed["a"].kube
    kube.objects[("istio-system", "secrets", "cacerts")]["data"]["ca-key.pem"] = "Y2FuYXJ5"
    result = undo(installed)
    assert result.code == 4 and ".data.ca-key.pem" in result.said and "Y2FuYXJ5" not in result.said
    assert installed.writes() == []
    said = json.loads(installed.run("undo", "--yes", "-o", "json").out)
    assert "Y2FuYXJ5" not in json.dumps(said)


def test_without_the_key_of_the_run_a_secret_is_refused(world):
    """SECURITY.md: "Without the key, `undo` refuses those objects by name"."""
    assert world.install().code == 0
    assert world.run("certs", "rotate", "--intermediate", "--contexts", world.contexts, "--yes").code == 0
    for key in (world.home / ".local/share/kubectl-mesh/undo-keys").iterdir():
        key.unlink()
    world.forget()
    result = undo(world)
    assert result.code == 4 and "encrypted with a key that is not on this machine" in result.said
    assert world.writes() == []


def test_a_rotated_secret_gets_its_values_back(world):
    assert world.install().code == 0
    before = {name: dict(world[name].kube.get("istio-system", "secrets", "cacerts")["data"]) for name in ("a", "b")}
    assert world.run("certs", "rotate", "--intermediate", "--contexts", world.contexts, "--yes").code == 0
    assert undo(world).code == 0
    for name, data in before.items():
        assert world[name].kube.get("istio-system", "secrets", "cacerts")["data"] == data
