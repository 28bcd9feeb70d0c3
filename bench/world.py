"""What the benchmarks stand on: the lab's clusters, private folders, certificates, and a server that never answers."""

import base64
import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from audit import Audit

ROOT = Path(__file__).resolve().parent.parent
OURS = str(ROOT / "build/stage/bin/kubectl-mesh")
FILES = ("ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem")


class Api:
    """One API server, as the lab's admin. Only for putting things back: nothing of it is timed."""

    def __init__(self, cluster: dict, user: dict, folder: Path):
        self.server = cluster["server"]
        self.context = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        pair = folder / "admin.pem"
        pair.write_bytes(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
        self.context.load_cert_chain(pair)

    def ask(self, method: str, path: str, body=None):
        request = urllib.request.Request(self.server + path, method=method, headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=300) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in (404, 409):  # gone already, or there already
                return None
            raise

    def forget_mesh(self):
        """Takes namespace istio-system away at once: an API server alone has nobody who would empty it."""
        self.ask("DELETE", "/api/v1/namespaces/istio-system/secrets")
        self.ask("DELETE", "/api/v1/namespaces/istio-system")
        gone = self.ask("GET", "/api/v1/namespaces/istio-system")
        if gone:
            gone["spec"]["finalizers"] = []
            self.ask("PUT", "/api/v1/namespaces/istio-system/finalize", gone)


class World:
    """The clusters of the lab by context, and a folder that goes with us."""

    def __init__(self, scale: float):
        self.scale = scale
        self._folder = tempfile.TemporaryDirectory(prefix="mesh-bench-")
        self.folder = Path(self._folder.name)
        self.lab = "" if "KUBECONFIG" not in os.environ else "mesh" if "LAB_CHARTS" in os.environ else "bare"
        kubeconfig = Path(os.environ.get("KUBECONFIG", os.devnull))
        self.config = yaml.safe_load(kubeconfig.read_text()) or {"clusters": [], "users": [], "contexts": []}
        clusters = {entry["name"]: entry["cluster"] for entry in self.config["clusters"]}
        users = {entry["name"]: entry["user"] for entry in self.config["users"]}
        self.apis = {}
        for entry in self.config["contexts"]:
            context = entry["context"]
            self.apis[entry["name"]] = Api(clusters[context["cluster"]], users[context["user"]], self.folder)
        self.beside_lab = kubeconfig.parent / "bench"  # what one run leaves for the next, as long as the lab is up
        self.audit = Audit(kubeconfig.parent, list(self.apis))

    def require(self, lab: str):
        if lab and self.lab != lab:
            raise SystemExit(f"this needs another lab: lab/lab up --{lab} && lab/lab exec -- bench/run ...")

    def contexts(self, count: int) -> list:
        names = list(self.apis)
        if len(names) < count:
            raise SystemExit(f"{count} clusters are needed and the lab runs {len(names)}: lab/lab up {count} --{self.lab}")
        return names[:count]

    def count(self, full: int) -> int:
        """Of objects, by the scale of this run."""
        return max(1, round(full * self.scale))

    def mesh_file(self, name: str, contexts: list, mode: str = "alias", **sections) -> Path:
        """mesh.yaml for these clusters."""
        path = self.folder / name
        path.write_text(yaml.safe_dump({"apiVersion": "kubectl-mesh.dev/v1", "kind": "Mesh", "mesh": {"id": "mesh1", "suffix": "global", "mode": mode},
                                        "clusters": [{"context": context} for context in contexts], **sections}))
        return path

    def targets_read(self, words: list, environment: dict) -> list:
        """What a command reads, (context, path) each, by its own request log; tests/flow holds that log against the server's."""
        servers = {api.server: name for name, api in self.apis.items()}
        log = subprocess.run([*words, "-v", "6"], env=environment, capture_output=True, text=True).stderr
        return [(servers[server], target) for server, target in re.findall(r"GET (https://[^/]+)(/\S+)", log) if server in servers]

    def environment(self, **extra) -> dict:
        """Caches of kubectl stay warm between runs, as a user has them."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        lab = {name: value for name, value in os.environ.items() if name.startswith(("KUBECONFIG", "LAB_", "HELM_"))}
        return {"PATH": os.environ["PATH"], "HOME": str(home), **lab, **extra}

    def forget_mesh(self, contexts: list):
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda name: self.apis[name].forget_mesh(), contexts))

    def with_silent_cluster(self, server: "SilentServer", contexts: list) -> str:
        """A kubeconfig with one more context, `silent`, that leads to `server`."""
        config = json.loads(json.dumps(self.config))
        config["clusters"].append({"name": "silent", "cluster": {"server": server.url, "insecure-skip-tls-verify": True}})
        config["users"].append({"name": "silent", "user": {"token": "none"}})
        config["contexts"] = [entry for entry in config["contexts"] if entry["name"] in contexts]
        config["contexts"].append({"name": "silent", "context": {"cluster": "silent", "user": "silent"}})
        path = self.folder / "with-silent.yaml"
        path.write_text(yaml.safe_dump(config))
        path.chmod(0o600)
        return str(path)


class SilentServer:
    """Accepts every connection and never says a word."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        self.held = []
        threading.Thread(target=self._hold, daemon=True).start()

    def _hold(self):
        while True:
            self.held.append(self.listener.accept()[0])


def must(words: list, environment: dict) -> str:
    """What is not timed, and has to work."""
    ended = subprocess.run(words, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise SystemExit(f"{words[0]} ended with {ended.returncode}: {(ended.stdout + ended.stderr)[-2000:]}")
    return ended.stdout


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def make_signing_sets(folder: Path, contexts: list) -> Path:
    """A folder per context with Istio's four files, all under one root: what an operator brings."""
    folder.mkdir()
    key = ("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out")
    openssl(*key, folder / "root.key")
    openssl("req", "-x509", "-new", "-key", folder / "root.key", "-subj", "/O=bench/CN=root", "-days", 3650,
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", folder / "root.pem")
    extensions = folder / "extensions"
    extensions.write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,digitalSignature,keyCertSign,cRLSign\n"
                          "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
                          "subjectAltName=DNS:istiod.istio-system.svc\n")
    for name in contexts:
        own = folder / name
        own.mkdir()
        openssl(*key, own / "ca-key.pem")
        openssl("req", "-new", "-key", own / "ca-key.pem", "-subj", f"/O=bench/CN=intermediate/L={name}", "-out", own / "csr")
        openssl("x509", "-req", "-in", own / "csr", "-CA", folder / "root.pem", "-CAkey", folder / "root.key",
                "-CAcreateserial", "-days", 365, "-extfile", extensions, "-out", own / "ca-cert.pem")
        (own / "root-cert.pem").write_bytes((folder / "root.pem").read_bytes())
        (own / "cert-chain.pem").write_bytes((own / "ca-cert.pem").read_bytes() + (folder / "root.pem").read_bytes())
    return folder
