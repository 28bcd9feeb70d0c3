"""What stands in the way is named, and then nothing is written anywhere."""

import json
import os
from pathlib import Path

import pytest
import yaml

from conftest import BOTH, openssl


def strangers_set(folder: Path, days: int = 365) -> dict:
    """A sound set under a root of somebody else."""
    folder.mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", days, "-subj", "/O=Other/CN=root",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", folder / "key", "-out", folder / "cert")
    certificate, key = (folder / "cert").read_text(), (folder / "key").read_text()
    return {"ca-cert.pem": certificate, "ca-key.pem": key, "cert-chain.pem": certificate, "root-cert.pem": certificate}


def nothing_new_in(cluster):
    assert not cluster.get("namespace", "istio-system")


def test_another_root_is_refused_and_named(mesh, clusters, tmp_path):
    clusters[0].put_cacerts(strangers_set(tmp_path / "other"))
    refused = mesh("certs", "install", "--contexts", BOTH, "--yes", expect=4)
    assert "game-agones" in refused.stderr and "O=Other" in refused.stderr.replace("O = Other", "O=Other")
    nothing_new_in(clusters[1])


@pytest.mark.parametrize("lacks", ["ca-key.pem", "root-cert.pem"])
def test_a_half_written_set_of_a_stranger_is_named(mesh, clusters, tmp_path, lacks):
    files = strangers_set(tmp_path / "other")
    del files[lacks]
    clusters[0].put_cacerts(files)
    refused = mesh("certs", "install", "--contexts", BOTH, "--yes", expect=4)
    assert lacks in refused.stderr
    nothing_new_in(clusters[1])


def test_a_half_written_set_of_ours_is_healed(mesh, installed):
    installed[0].kubectl("patch", "secret", "cacerts", "-n", "istio-system", "--type=json", "-p", '[{"op": "remove", "path": "/data/cert-chain.pem"}]')
    mesh("certs", "verify", "--contexts", BOTH, expect=1)
    mesh("certs", "install", "--contexts", BOTH, "--yes")
    mesh("certs", "verify", "--contexts", BOTH)


def test_a_field_that_another_manager_holds_is_a_conflict(mesh, installed):
    """Somebody took a field over by force; ours differs, so that the apply must meet him."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cacerts", "namespace": "istio-system"}, "data": {"cert-chain.pem": "YQ=="}}
    installed[0].kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=argocd", "-f", "-", stdin=json.dumps(secret))
    refused = mesh("certs", "install", "--contexts", BOTH, "--yes", expect=None)
    assert refused.returncode in (3, 4), refused.stderr
    assert "argocd" in refused.stdout + refused.stderr and ".data.cert-chain.pem" in refused.stdout + refused.stderr
    assert installed[0].get("secret", "cacerts", "-n", "istio-system")["data"]["cert-chain.pem"] == "YQ=="


def test_a_missing_right_is_found_before_anything_is_written(mesh, clusters, tmp_path):
    """A service account that may read everything and write in one cluster only half."""
    cluster = clusters[0]
    cluster.kubectl("delete", "serviceaccount", "half", "-n", "default", "--ignore-not-found")
    cluster.kubectl("create", "serviceaccount", "half", "-n", "default")
    cluster.kubectl("delete", "clusterrolebinding,clusterrole", "half", "--ignore-not-found")
    cluster.kubectl("create", "clusterrole", "half", "--verb=get,list", "--resource=namespaces,secrets,pods,configmaps,deployments.apps")
    cluster.kubectl("create", "clusterrolebinding", "half", "--clusterrole=half", "--serviceaccount=default:half")
    token = cluster.kubectl("create", "token", "half", "-n", "default").strip()
    config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    config["users"].append({"name": "half", "user": {"token": token}})
    next(entry for entry in config["contexts"] if entry["name"] == "game-agones")["context"]["user"] = "half"
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    path.chmod(0o600)
    refused = mesh("certs", "install", "--contexts", BOTH, "--yes", "--kubeconfig", str(path), expect=5)
    assert "you may not create namespaces" in refused.stderr and "you may not" in refused.stderr
    assert token not in refused.stderr
    for cluster in clusters:
        nothing_new_in(cluster)
    assert mesh.root_files == []


def test_two_contexts_of_one_cluster(mesh, clusters, tmp_path):
    config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    first = config["contexts"][0]
    config["contexts"].append({"name": "alias", "context": dict(first["context"])})
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    path.chmod(0o600)
    refused = mesh("certs", "install", "--contexts", f"{first['name']},alias", "--yes", "--kubeconfig", str(path), expect=4)
    assert "alias" in refused.stderr and "same cluster" in refused.stderr
    # What only reads would show one cluster as two.
    for words in (("status",), ("verify",), ("certs", "show"), ("certs", "trust"), ("helm", "status"), ("dns", "show"), ("serviceentry", "list"), ("inject", "status")):
        refused = mesh(*words, "--contexts", f"{first['name']},alias", "--kubeconfig", str(path), expect=4)
        assert "same cluster" in refused.stderr and refused.stdout == "", words
    # This one is there to find out.
    shown = mesh("contexts", "--check", "--contexts", f"{first['name']},alias", "--kubeconfig", str(path)).stdout
    assert "SAME AS" in shown


def test_a_namespace_that_is_going_away(mesh, clusters):
    """A finalizer of somebody holds it in Terminating: the server refuses new objects there."""
    clusters[0].create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}})
    clusters[0].create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "holds", "namespace": "istio-system", "finalizers": ["example.com/hold"]}})
    clusters[0].kubectl("delete", "namespace", "istio-system", "--wait=false")
    try:
        result = mesh("certs", "install", "--contexts", BOTH, "--yes", expect=None)
        assert result.returncode == 4 and "game-agones" in result.stderr
        assert "is being deleted" in result.stderr
    finally:
        clusters[0].kubectl("patch", "configmap", "holds", "-n", "istio-system", "--type=json", "-p", '[{"op": "remove", "path": "/metadata/finalizers"}]')


def test_istiod_with_a_root_of_its_own_is_said(mesh, clusters):
    clusters[0].kubectl("create", "namespace", "istio-system")
    clusters[0].create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "istiod-1", "namespace": "istio-system", "labels": {"app": "istiod"}},
                        "spec": {"containers": [{"name": "discovery", "image": "istio/pilot"}]}})
    clusters[0].kubectl("wait", "--for=condition=Ready", "pod/istiod-1", "-n", "istio-system", "--timeout=30s")
    said = mesh("certs", "install", "--contexts", BOTH, "--dry-run=client")
    assert "istiod runs with a root of its own" in said.stdout and "restart" in said.stdout


def test_an_expired_set_of_a_stranger_is_named_and_left(mesh, clusters, tmp_path):
    folder = tmp_path / "old"
    strangers_set(folder)
    openssl("x509", "-in", folder / "cert", "-signkey", folder / "key", "-days", "-1", "-out", folder / "expired")
    certificate = (folder / "expired").read_text()
    files = {"ca-cert.pem": certificate, "ca-key.pem": (folder / "key").read_text(), "cert-chain.pem": certificate, "root-cert.pem": certificate}
    clusters[0].put_cacerts(files)
    refused = mesh("certs", "install", "--contexts", "game-agones", "--yes", expect=4)
    assert "expired" in refused.stderr
    assert clusters[0].cacerts() == files
