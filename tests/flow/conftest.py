"""The real binary on the lab's real clusters: run by `lab/lab exec -- pytest tests/flow`.

What our tool did is judged from outside, by kubectl and openssl, never by our own code."""

import base64
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

BUILD = Path(os.environ["MESH_BUILD"])
BINARY = BUILD / "bin" / "kubectl-mesh"
FILES = ("ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem")
BOTH = "game-agones,game-gke"


@dataclass
class Mesh:
    """The tool as one operator has it: his own folders, the lab's kubeconfig."""

    home: Path
    isolation: str = ""  # where plugins run: ours in the tool itself, others in a helper, unless told otherwise

    @property
    def environment(self) -> dict:
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": os.environ["KUBECONFIG"],
                "KUBECTL_MESH_ISOLATION": self.isolation, **kept}

    def __call__(self, *words, expect=0, **more):
        environment = {**self.environment, **more.pop("env", {})}
        result = subprocess.run([BINARY, *words], env=environment, capture_output=True, text=True, timeout=120,
                                stdin=subprocess.DEVNULL, **more)
        assert expect is None or result.returncode == expect, f"{words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    def document(self, *words, expect=0) -> dict:
        return json.loads(self(*words, "-o", "json", expect=expect).stdout)

    @property
    def root_files(self) -> list:
        return sorted((self.home / ".local/share/kubectl-mesh/store").glob("*/*"))


class Cluster:
    """One real cluster, through kubectl."""

    def __init__(self, context: str):
        self.context = context

    def kubectl(self, *words, stdin=None, check=True) -> str:
        result = subprocess.run(["kubectl", "--context", self.context, *words], input=stdin, capture_output=True, text=True, timeout=120)
        assert not check or result.returncode == 0, result.stderr
        return result.stdout

    def get(self, *words) -> dict:
        text = self.kubectl("get", *words, "--ignore-not-found", "-o", "json")
        return json.loads(text) if text else {}

    def create(self, manifest: dict) -> dict:
        return json.loads(self.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(manifest)))

    def cacerts(self) -> dict:
        data = self.get("secret", "cacerts", "-n", "istio-system").get("data", {})
        return {name: base64.b64decode(value).decode() for name, value in data.items()}

    def put_cacerts(self, files: dict, **metadata):
        self.kubectl("create", "namespace", "istio-system", check=False)
        self.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cacerts", "namespace": "istio-system", **metadata},
                     "data": {name: base64.b64encode(text.encode()).decode() for name, text in files.items()}})

    def forget_mesh(self):
        """Back to a cluster without Istio, without the seconds that the namespace controller takes."""
        name = "istio-system"
        if not self.get("namespace", name):
            return
        self.kubectl("delete", "namespace", name, "--wait=false", check=False)
        self.kubectl("delete", "secrets,deployments,pods,configmaps", "--all", "-n", name, "--force", "--grace-period=0", check=False)
        while namespace := self.get("namespace", name):
            namespace["spec"]["finalizers"] = []
            self.kubectl("replace", "--raw", f"/api/v1/namespaces/{name}/finalize", "-f", "-", stdin=json.dumps(namespace), check=False)


def openssl(*words, stdin=None) -> str:
    result = subprocess.run(["openssl", *map(str, words)], input=stdin, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture()
def clusters():
    pair = [Cluster("game-agones"), Cluster("game-gke")]
    with ThreadPoolExecutor() as pool:
        list(pool.map(Cluster.forget_mesh, pair))
    return pair


@pytest.fixture()
def mesh(tmp_path, request):
    return Mesh(tmp_path / "home", getattr(request, "param", ""))


# A stranger's plugin runs in a helper process: what holds for ours in the tool itself must hold there too.
both_ways = pytest.mark.parametrize("mesh", ["process", "helper"], indirect=True)


@pytest.fixture()
def installed(mesh, clusters):
    """Both clusters have their intermediates."""
    mesh("certs", "install", "--contexts", BOTH, "--yes")
    return clusters


def verify_with_openssl(files: dict, folder: Path):
    """The strict verdict of the openssl program over one cluster's four files."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).write_text(files[name])
    openssl("verify", "-x509_strict", "-CAfile", folder / "root-cert.pem", "-untrusted", folder / "cert-chain.pem", folder / "ca-cert.pem")
    public = openssl("x509", "-in", folder / "ca-cert.pem", "-noout", "-pubkey")
    assert public == openssl("pkey", "-in", folder / "ca-key.pem", "-pubout")
