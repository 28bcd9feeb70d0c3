"""What is wrong with the operator's own input is said, with its own exit status, while a cluster does not answer."""

import pytest
from cryptography.hazmat.primitives import serialization

import faults

NAMESPACE = "/api/v1/namespaces/kube-system"


@pytest.fixture()
def halved(world):
    """Of two clusters one hangs."""
    world["b"].script("GET", "*", faults.hold())
    (world.folder / "root.pem").write_text(world.pki.ca.pem)
    (world.folder / "root.key").write_text(world.pki.ca.own.key_pem)
    return world


def run(world, *words):
    result = world.run(*words, "--contexts", "a,b", "--yes", "--request-timeout", "500ms")
    assert len(world["b"].server.requests) <= 1, "the silent cluster was waited for twice"
    assert world.writes() == []
    for cluster in world.clusters.values():
        assert {request.path for request in cluster.server.requests} <= {NAMESPACE}, "a cluster was asked more than who it is"
    return result


def pem(root="root.pem", key="root.key"):
    return ["certs", "install", "--strategy", "pem", "--set", f"root-cert={root}", "--set", f"root-key={key}"]


INPUT = {
    "a PEM that is a key": (pem(root="root.key"), "root.key is a private key, not a certificate"),
    "a file that is not there": (pem(root="none.pem"), "none.pem"),
    "a setting that is not there": ([*pem(), "--set", "root-crt=x"], 'has no setting "root-crt"'),
    "a strategy that nobody offers": (["certs", "install", "--strategy", "pen"], 'there is no strategy "pen" for ca/1\n  there are: pem, self-signed'),
    "a driver that nobody offers": (["helm", "install", "--driver", "hulm"], 'there is no strategy "hulm" for helm-driver/1\n  there are: helm, render'),
    "a span that is none": (["certs", "install", "--validity", "soon"], "soon"),
    "values that are not there": (["helm", "install", "--charts", "charts", "--values-file", "none.yaml"], "none.yaml"),
    "charts that are not there": (["helm", "install", "--charts", "none"], "no chart base in"),
}


@pytest.mark.parametrize("what", INPUT)
def test_wrong_input_is_said_though_a_cluster_is_silent(halved, what):
    words, said = INPUT[what]
    for chart in ("base", "istiod", "gateway"):
        (halved.folder / "charts" / chart).mkdir(parents=True)
        (halved.folder / "charts" / chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {chart}\nversion: 1.31.0\n")
    result = run(halved, *words)
    assert result.code == 2 and said in result.err, result.said


def test_wrong_input_of_a_later_concern_is_said_too(halved):
    (halved.folder / "mesh.yaml").write_text("apiVersion: kubectl-mesh.dev/v1\nkind: Mesh\nhelm: {charts: none}\n")
    result = run(halved, "up", "-f", "mesh.yaml")
    assert result.code == 2 and "no chart base in" in result.err, result.said


CONCERNS = [["certs", "install"], ["certs", "remove"], ["helm", "uninstall"], ["dns", "install"], ["serviceentry", "remove"], ["inject", "restart"], ["up"], ["down"]]


@pytest.mark.parametrize("words", CONCERNS, ids=" ".join)
def test_what_the_clusters_would_tell_is_no_wrong_input(halved, words):
    result = run(halved, *words)
    assert result.code == 6 and "b: https://" in result.err and "a: " not in result.err, result.said


def test_nobody_is_asked_for_a_passphrase_that_opens_nothing_yet(halved):
    """There is no terminal: a question would end with the exit status of a wrong call."""
    secret = serialization.BestAvailableEncryption(b"secret")
    form = serialization.PrivateFormat.PKCS8
    for cluster in ("a", "b"):
        folder = halved.folder / "sets" / cluster
        folder.mkdir(parents=True)
        for name in ("ca-cert.pem", "cert-chain.pem", "root-cert.pem"):
            (folder / name).write_text(halved.pki.ca.pem)
        (folder / "ca-key.pem").write_bytes(halved.pki.ca.own.key.private_bytes(serialization.Encoding.PEM, form, secret))
    result = run(halved, "certs", "install", "--strategy", "pem", "--set", "folder=sets", "--ask-passphrase")
    assert result.code == 6, result.said
