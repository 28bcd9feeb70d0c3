"""A world to run the real binary in: fake clusters, a kubeconfig that names them, folders of its own."""

import base64
import json
import os
import signal
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import faults
from fakekube import FakeKube
from faultserver import FaultServer, tls_context

BINARY = Path(os.environ["MESH_BUILD"]) / "bin" / "kubectl-mesh"
TOKEN = "canary-token-5f1c"
# Seconds for a run, not to measure it: one that takes longer hangs, or waits for the end of a fault that it should not wait for.
PATIENCE = faults.HELD / 2


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def said(self):
        return self.out + self.err

    def document(self):
        return json.loads(self.out)


class Cluster:
    def __init__(self, name, tls, host="127.0.0.1"):
        self.name = name
        self.kube = FakeKube()
        self.server = FaultServer(self.kube, tls, host)
        self.script = self.server.script

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server.port}"


class World:
    def __init__(self, folder, pki, names=("a", "b")):
        self.folder, self.pki = folder, pki
        self.clusters = {name: Cluster(name, tls_context(pki.server_pair, pki.ca.pem)) for name in names}
        self.entries = {name: self.entry(cluster) for name, cluster in self.clusters.items()}
        self.users = {name: {"token": TOKEN} for name in names}
        self.extra_env = {}

    def __getitem__(self, name):
        return self.clusters[name]

    def close(self):
        for cluster in self.clusters.values():
            cluster.server.close()

    def entry(self, cluster):
        ca = base64.b64encode(self.pki.ca.pem.encode()).decode()
        return {"server": cluster.url, "certificate-authority-data": ca}

    @property
    def contexts(self):
        return ",".join(self.entries)

    @property
    def home(self):
        return self.folder / "home"

    @property
    def root_file(self):
        return self.home / ".local/share/kubectl-mesh/store/certs/root.pem"

    @property
    def journals(self):
        return sorted((self.home / ".local/state/kubectl-mesh/runs").glob("*.jsonl"))

    def environment(self):
        self.home.mkdir(mode=0o700, exist_ok=True)
        config = self.folder / "config"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": entry} for name, entry in self.entries.items()],
            "users": [{"name": name, "user": user} for name, user in self.users.items()],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in self.entries],
        }
        # A run beside this one may be reading it.
        fresh = self.folder / "config.new"
        fresh.write_text(json.dumps(document))
        fresh.chmod(0o600)
        owner = self.folder.stat()
        os.chown(fresh, owner.st_uid, owner.st_gid)
        fresh.replace(config)
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        # It would have to trace the process, which forbids that: keys are in it.
        kept["ASAN_OPTIONS"] = "detect_leaks=0"
        return {**kept, "PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": str(config), **self.extra_env}

    def start(self, *words, wrapper=(), **options):
        """The program, running; `wrapper` is what runs it (strace, prlimit)."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([*wrapper, BINARY, *words], env=self.environment(), cwd=self.folder, **streams)

    def run(self, *words, wrapper=(), timeout=PATIENCE):
        return finish(self.start(*words, wrapper=wrapper), timeout)

    def install(self, *words, **options):
        return self.run("certs", "install", "--contexts", self.contexts, "--yes", *words, **options)

    def writes(self):
        return [request for cluster in self.clusters.values() for request in cluster.server.writes()]

    def forget(self):
        """The servers' logs begin anew."""
        for cluster in self.clusters.values():
            cluster.server.requests.clear()

    def private_files(self):
        """What lies under home, with its mode."""
        return {path: stat.S_IMODE(path.stat().st_mode) for path in self.home.rglob("*") if path.is_file()}


def finish(process, timeout=PATIENCE):
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    return Result(process.returncode, (out or b"").decode(), (err or b"").decode())


def wait_until(condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


def interrupt(process, number=signal.SIGINT):
    process.send_signal(number)
