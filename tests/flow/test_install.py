"""certs install on two real clusters: plan, consent, the result, and nothing the second time."""

import json
import os
import pty
import stat
import subprocess

import pytest

from conftest import BINARY, BOTH, FILES, both_ways, openssl, verify_with_openssl


@both_ways
def test_two_clusters_get_intermediates_under_one_root(mesh, clusters, tmp_path):
    said = mesh("certs", "install", "--contexts", BOTH, "--yes")
    assert "game-agones" in said.stdout and "game-gke" in said.stdout
    sets = [cluster.cacerts() for cluster in clusters]
    for number, files in enumerate(sets):
        assert sorted(files) == sorted(FILES)
        verify_with_openssl(files, tmp_path / str(number))
    assert sets[0]["root-cert.pem"] == sets[1]["root-cert.pem"]
    assert sets[0]["ca-key.pem"] != sets[1]["ca-key.pem"]
    text = openssl("x509", "-noout", "-text", stdin=sets[0]["ca-cert.pem"])
    assert "CA:TRUE, pathlen:0" in text and "prime256v1" in text
    for file in mesh.root_files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_it_writes_is_marked_as_ours(installed):
    secret = installed[0].get("secret", "cacerts", "-n", "istio-system", "--show-managed-fields")
    assert secret["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "kubectl-mesh"
    assert [entry["manager"] for entry in secret["metadata"]["managedFields"]] == ["kubectl-mesh"]


@both_ways
def test_a_second_run_writes_nothing(mesh, installed):
    versions = [cluster.get("secret", "cacerts", "-n", "istio-system")["metadata"]["resourceVersion"] for cluster in installed]
    again = mesh("certs", "install", "--contexts", BOTH, "-v", "6")
    requests = [line for line in again.stderr.splitlines() if "https://" in line]
    assert not [line for line in requests if "GET" not in line]
    assert len(requests) <= 2 * 6
    assert versions == [cluster.get("secret", "cacerts", "-n", "istio-system")["metadata"]["resourceVersion"] for cluster in installed]


def test_without_a_terminal_and_without_yes_nothing_is_written(mesh, clusters):
    refused = mesh("certs", "install", "--contexts", BOTH, expect=2)
    assert "--yes" in refused.stderr
    assert not any(cluster.get("namespace", "istio-system") for cluster in clusters)
    assert mesh.root_files == []


@pytest.mark.parametrize("mode", ["client", "server"])
def test_a_dry_run_shows_the_plan_and_writes_nothing(mesh, clusters, mode):
    shown = mesh("certs", "install", "--contexts", BOTH, f"--dry-run={mode}", "--yes")
    assert "istio-system/cacerts" in shown.stdout
    assert not any(cluster.get("namespace", "istio-system") for cluster in clusters)
    assert mesh.root_files == []


def answer_on_a_terminal(mesh, answer: str) -> tuple:
    """Runs install with a terminal of its own and types one answer."""
    master, slave = pty.openpty()
    process = subprocess.Popen([BINARY, "certs", "install", "--contexts", BOTH], env={**mesh.environment, "TERM": "xterm"},
                               stdin=slave, stdout=slave, stderr=slave, close_fds=True)
    os.close(slave)
    seen, answered = b"", False
    try:
        while chunk := os.read(master, 65536):
            seen += chunk
            if not answered and b"[y/N]" in seen:
                answered = True
                os.write(master, answer.encode() + b"\n")
    except OSError:
        pass  # the other end is closed
    os.close(master)
    return process.wait(60), seen.decode()


def test_on_a_terminal_it_shows_the_plan_and_asks(mesh, clusters):
    status, seen = answer_on_a_terminal(mesh, "n")
    assert "istio-system/cacerts" in seen and status == 1
    assert not clusters[0].get("namespace", "istio-system")
    status, seen = answer_on_a_terminal(mesh, "y")
    assert status == 0 and clusters[1].cacerts()


def test_a_cluster_that_joins_later_gets_the_same_root(mesh, clusters):
    mesh("certs", "install", "--contexts", "game-agones", "--yes")
    before = clusters[0].cacerts()
    mesh("certs", "install", "--contexts", BOTH, "--yes")
    assert clusters[0].cacerts() == before
    assert clusters[1].cacerts()["root-cert.pem"] == before["root-cert.pem"]


def test_the_result_is_one_json_document(mesh, clusters):
    document = mesh.document("certs", "install", "--contexts", BOTH, "--yes")
    assert document["apiVersion"] == "kubectl-mesh.dev/v1"
    assert not [text for text in json.dumps(document).split() if "PRIVATE" in text]


def test_it_works_as_a_kubectl_plugin(mesh, installed):
    environment = {**mesh.environment, "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
    result = subprocess.run(["kubectl", "mesh", "certs", "verify", "--contexts", BOTH], env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "kubectl-mesh" in subprocess.run(["kubectl", "plugin", "list"], env=environment, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("key, words", [("p384", "secp384r1"), ("rsa2048", "(2048 bit)"), ("rsa3072", "(3072 bit)")])
def test_other_algorithms(mesh, clusters, tmp_path, key, words):
    mesh("certs", "install", "--contexts", "game-gke", "--key", key, "--yes")
    files = clusters[1].cacerts()
    verify_with_openssl(files, tmp_path / "set")
    assert words in openssl("x509", "-noout", "-text", stdin=files["ca-cert.pem"])


def test_a_tree_for_git_holds_no_private_key(mesh, clusters, tmp_path):
    mesh("certs", "install", "--contexts", BOTH, "-o", "yaml", "--output-dir", str(tmp_path / "tree"))
    files = [file for file in (tmp_path / "tree").rglob("*") if file.is_file()]
    assert {file.relative_to(tmp_path / "tree").parts[0] for file in files} == {"game-agones", "game-gke", "apply.sh", ".kubectl-mesh-tree"}
    for file in files:
        assert "PRIVATE" not in file.read_text() and "LS0tLS1CRUdJTi" not in file.read_text()
    assert not clusters[0].get("namespace", "istio-system")
