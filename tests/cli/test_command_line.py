"""The real binary without any cluster: help, errors, exit codes, completion."""

import json
import os
import subprocess
from pathlib import Path

import pytest

BINARY = Path(os.environ["MESH_BUILD"]) / "bin" / "kubectl-mesh"
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: game-agones
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}, {name: b, cluster: {server: "https://127.0.0.1:2"}}]
users: [{name: u, user: {token: canary-token}}]
contexts:
- {name: game-agones, context: {cluster: a, user: u}}
- {name: game-gke, context: {cluster: b, user: u, namespace: shop}}
"""


@pytest.fixture()
def mesh(tmp_path):
    (tmp_path / "config").write_text(KUBECONFIG)
    (tmp_path / "config").chmod(0o600)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "config")}

    def run(*words, **streams):
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.run([BINARY, *words], env=env, text=True, timeout=60, **streams)

    return run


@pytest.mark.parametrize("words", [["--help"], ["certs", "--help"], ["certs", "install", "-h"], ["undo", "--help"]])
def test_help_has_examples_and_says_kubectl_mesh(mesh, words):
    result = mesh(*words)
    assert result.returncode == 0
    assert "Examples:" in result.stdout and "kubectl mesh" in result.stdout


@pytest.mark.parametrize(
    "words, said",
    [
        (["certs", "instal"], 'did you mean "certs install"?'),
        (["cert"], 'did you mean "certs"?'),
        (["certs", "install", "--contxts", "a"], "did you mean --contexts?"),
        (["certs", "install", "--key", "p25"], "did you mean p256?"),
        (["certs", "show", "--yes"], "takes no --yes"),
        (["certs", "install", "--validity", "soon"], "is not a duration"),
    ],
)
def test_bad_usage_exits_2_with_the_nearest_suggestion(mesh, words, said):
    result = mesh(*words)
    assert result.returncode == 2
    assert said in result.stderr and result.stdout == ""


@pytest.mark.parametrize("words", [["contexts"], ["contexts", "-o", "json"], ["contexts", "--contexts", "nobody", "-o", "json"], ["undo", "--list"]])
def test_an_answer_that_cannot_be_written_is_an_error(mesh, words):
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = mesh(*words, stdout=full)
    assert result.returncode == 1
    assert result.stderr == "error: standard output cannot be written to: No space left on device\n"


def test_a_reader_who_left_is_no_error(mesh):
    reader, writer = os.pipe()
    os.close(reader)
    result = mesh("contexts", stdout=writer)
    os.close(writer)
    assert (result.returncode, result.stderr) == (0, "")


def test_contexts_lists_what_would_be_addressed_without_the_network(mesh):
    result = mesh("contexts", "-o", "json")
    assert result.returncode == 0
    items = json.loads(result.stdout)["items"]
    assert [item["name"] for item in items] == ["game-agones", "game-gke"]
    assert items[0]["current"] is True and items[1]["namespace"] == "shop"
    assert items[0]["auth"] == "token" and "canary-token" not in result.stdout


def test_a_pattern_that_matches_nothing_names_it_and_exits_2(mesh):
    result = mesh("certs", "show", "--contexts", "shop-*")
    assert result.returncode == 2
    assert 'no context matches "shop-*"' in result.stderr


def test_a_server_that_does_not_answer_exits_5_and_writes_nothing(mesh):
    result = mesh("certs", "install", "--contexts", "game-agones,game-gke", "--yes")
    assert result.returncode == 5
    assert "game-agones" in result.stderr and "canary-token" not in result.stderr


def test_errors_are_one_json_document(mesh):
    result = mesh("certs", "install", "--contexts", "game-agones", "--yes", "-o", "json")
    document = json.loads(result.stdout)
    assert document["kind"] == "Error" and document["problems"][0]["code"] == "unreachable"


def test_completion_knows_contexts_verbs_and_flags(mesh):
    assert "game-gke" in mesh("__complete", "certs", "show", "--context", "").stdout
    assert "game-agones,game-gke" in mesh("__complete", "certs", "show", "--contexts", "game-agones,").stdout
    assert "install\t" in mesh("__complete", "certs", "").stdout
    assert "--strategy" in mesh("__complete", "certs", "install", "--str").stdout


def test_plugin_list_reads_manifests(mesh):
    names = [item["name"] for item in json.loads(mesh("plugin", "list", "-o", "json").stdout)["items"]]
    assert names == ["certs", "dns", "helm", "inject", "serviceentry", "verify"]
