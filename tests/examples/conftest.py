"""The examples of third parties, built as their README says, on the lab's real clusters: run by `lab/lab exec -- pytest tests/examples`.

Operator, clusters and judges are those of tests/flow. Without Go all of it is skipped, and counted so."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "lab")]
sys.dont_write_bytecode = True

specification = importlib.util.spec_from_file_location("flow", ROOT / "tests/flow/conftest.py")
flow = importlib.util.module_from_spec(specification)
sys.modules["flow"] = flow
specification.loader.exec_module(flow)
clusters = flow.clusters


def pytest_collection_modifyitems(items):
    if not shutil.which("go"):
        for item in items:
            item.add_marker(pytest.mark.skip(reason="Go is missing: no example is built"))


def built(name) -> Path:
    """The library of an example, by its own build."""
    made = subprocess.run(["make", "-C", ROOT / "examples" / name], capture_output=True, text=True, timeout=900)
    assert made.returncode == 0, made.stdout + made.stderr
    return ROOT / "examples" / name / "build" / f"{name}.so"


def operator(home, library) -> flow.Mesh:
    """Somebody who has installed this plugin and trusts it."""
    mesh = flow.Mesh(home, isolation="")  # as it is for everybody: strangers in a helper process
    mesh("plugin", "install", library, "--trust", "--yes")
    return mesh


def secret_file(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")
    path.chmod(0o600)


def words_of(strategy, settings) -> list:
    return ["--contexts", flow.BOTH, "--strategy", strategy, *(word for name, value in settings.items() for word in ("--set", f"{name}={value}"))]


def judged(clusters, folder, issuer):
    """What openssl says of the sets in the clusters; their roots."""
    sets = [cluster.cacerts() for cluster in clusters]
    for number, files in enumerate(sets):
        flow.verify_with_openssl(files, folder / str(number))
        text = flow.openssl("x509", "-noout", "-text", "-issuer", stdin=files["ca-cert.pem"])
        assert "CA:TRUE, pathlen:0" in text and issuer in text
    assert sets[0]["root-cert.pem"] == sets[1]["root-cert.pem"] and sets[0]["ca-key.pem"] != sets[1]["ca-key.pem"]
    return sets


def refused(mesh, clusters, words, status, says, *secrets):
    """One clear error, its exit status, no secret in it, and nothing written."""
    result = mesh("certs", "install", *words, "--yes", expect=status)
    errors = [line for line in result.stderr.splitlines() if line.startswith("error")]
    assert len(errors) == 1 and says in errors[0], result.stderr
    assert not [secret for secret in secrets if secret in result.stdout + result.stderr]
    assert not any(cluster.get("namespace", "istio-system") for cluster in clusters)
