"""The whole how-to on a mesh lab: real istiod, Envoy, CoreDNS and helm, judged by calls between pods, by kubectl and by istioctl.

Skipped where user namespaces are forbidden, and counted so."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ["MESH_BUILD"]) / "bin" / "kubectl-mesh"
LAB = ROOT / "lab" / "lab"
ALLOWED = subprocess.run(["unshare", "-Urnmp", "--fork", "--kill-child", "--mount-proc", "true"], capture_output=True).returncode == 0
PAIR = ("game-agones", "game-gke")
ALIAS, DISCOVERY = "http://app1.default.global:8000/", "http://app1.default.svc.cluster.local:8000/"


def pytest_collection_modifyitems(items):
    for item in items:
        if not ALLOWED:
            item.add_marker(pytest.mark.skip(reason="user namespaces are forbidden on this machine"))


@dataclass
class World:
    """A mesh lab and one operator with his own folders, who types `kubectl mesh` where the clusters are."""

    folder: Path

    @property
    def environment(self) -> dict:
        return {**os.environ, "LAB_DIR": str(self.folder / "lab"), "XDG_DATA_HOME": str(self.folder / "data"), "XDG_STATE_HOME": str(self.folder / "state")}

    def run(self, *words, expect=0, seconds=300):
        result = subprocess.run(list(map(str, words)), env=self.environment, cwd=self.folder, capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=seconds)
        assert expect is None or result.returncode == expect, f"{words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    def lab(self, *words, **more):
        return self.run(LAB, *words, **more)

    def inside(self, *words, **more):
        return self.lab("exec", "--", *words, **more)

    def mesh(self, *words, **more):
        return self.inside(BINARY, *words, **more)

    def document(self, *words, **more) -> dict:
        return json.loads(self.mesh(*words, "-o", "json", **more).stdout)

    def kubectl(self, cluster, *words, **more) -> str:
        return self.inside("kubectl", "--context", cluster, *words, **more).stdout

    def get(self, cluster, *words) -> dict:
        text = self.kubectl(cluster, "get", *words, "--ignore-not-found", "-o", "json")
        return json.loads(text) if text.strip() else {}

    def apply(self, cluster, text):
        self.given(text, "kubectl", "--context", cluster, "apply", "-f", "-")

    def given(self, text, *words, expect=0, seconds=120):
        """A command in the lab with a text on its standard input."""
        result = subprocess.run([str(LAB), "exec", "--", *map(str, words)], env=self.environment, cwd=self.folder, input=text, capture_output=True,
                                text=True, timeout=seconds)
        assert expect is None or result.returncode == expect, f"{words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    @staticmethod
    def app(name, cluster) -> str:
        """One of the lab's applications, for another cluster."""
        return (ROOT / "lab" / "mesh" / "app.yaml").read_text().replace("{{app}}", name).replace("{{cluster}}", cluster)

    def edit(self, name, *pairs) -> Path:
        """The mesh file with words replaced, under another name."""
        text = self.file.read_text()
        for old, new in pairs:
            assert old in text, f"{old} is not in\n{text}"
            text = text.replace(old, new)
        path = self.folder / name
        path.write_text(text)
        return path

    def versions(self, cluster, kinds, *words) -> dict:
        """What every write changes: the resourceVersion of each object, but not of the locks that istiod renews."""
        items = json.loads(self.kubectl(cluster, "get", kinds, *words, "-o", "json"))["items"]
        return {f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}": item["metadata"]["resourceVersion"]
                for item in items if "control-plane.alpha.kubernetes.io/leader" not in item["metadata"].get("annotations", {})}

    def failures(self, *words, file=None, expect=None) -> set:
        """(check, cluster) of every row of `verify` that fails."""
        report = self.document("verify", "-f", file or self.file, *words, expect=expect)
        return {(item["id"], item["cluster"]) for item in report["items"] if item["severity"] == "failure"}

    def call(self, caller, url, seconds=5):
        """What the application answered, or None."""
        status, _, body = self.lab("call", caller, url, "--timeout", seconds, expect=None).stdout.partition(" ")
        return json.loads(body) if status == "200" else None

    def where(self, name) -> str:
        """A variable of the lab: LAB_CHARTS, ..."""
        return self.inside("sh", "-c", f'printf %s "${name}"').stdout

    def write_mesh_file(self, contexts=PAIR, name="mesh.yaml", **mesh) -> Path:
        """`init`, and what an operator edits in it: where his charts are, and what is exported."""
        flags = [f"--{key}={value}" for key, value in mesh.items()]
        text = self.mesh("init", "--contexts", ",".join(contexts), *flags).stdout
        text = re.sub(r"charts: .*", f"charts: {self.where('LAB_CHARTS')}", text)
        text = re.sub(r'\n  version: .*', f"\n  valueFiles: {{istiod: [{self.where('LAB_ISTIO_VALUES')}]}}", text)
        text = re.sub(r"exports: .*", "exports: [{cluster: game-agones, service: default/app1}]", text)
        text = re.sub(r"namespaces: .*", "namespaces: [default]", text)
        path = self.folder / name
        path.write_text(text)
        return path

    def writes(self, *words) -> list:
        """The requests of a command that change something, as the tool's log has them."""
        said = self.mesh(*words, "-v", "6").stderr
        return [line for line in said.splitlines() if re.search(r"\b(PATCH|PUT|POST|DELETE)\b", line) and "accessreviews" not in line]

    def snapshot(self, cluster) -> dict:
        """Every object that an operator could have made, without what the server counts."""
        kinds = "namespaces,configmaps,services,serviceaccounts,deployments,customresourcedefinitions,clusterroles,clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations"
        found = {}
        for item in self.get(cluster, kinds, "-A")["items"]:
            metadata = item["metadata"]
            if metadata.get("namespace") == "kube-system" and item["kind"] == "ConfigMap" and metadata["name"].startswith("kube-apiserver-legacy"):
                continue
            for counted in ("resourceVersion", "managedFields", "generation", "uid", "creationTimestamp"):
                metadata.pop(counted, None)
            annotations = metadata.get("annotations", {})
            annotations.pop("deployment.kubernetes.io/revision", None)
            if not annotations:
                metadata.pop("annotations", None)
            item.pop("status", None)
            # A restart of a workload leaves its stamp, as kubectl's does.
            template = item.get("spec", {}).get("template", {}).get("metadata", {}) if isinstance(item.get("spec"), dict) else {}
            template.get("annotations", {}).pop("kubectl.kubernetes.io/restartedAt", None)
            if template.get("annotations") == {}:
                template.pop("annotations")
            found[f"{item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"] = item
        return found


class Victim:
    """A run of the tool in the lab that a test ends from outside: at once, where another command in the lab would come late."""

    def __init__(self, world, *words, log=subprocess.PIPE):
        self.process = subprocess.Popen([str(LAB), "exec", "--", str(BINARY), *map(str, words)], env=world.environment, cwd=world.folder,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, text=True)

    @property
    def log(self):
        return self.process.stderr

    def end(self, how=signal.SIGKILL):
        """The one child of the command that entered the lab's namespaces; nothing if the run is over."""
        try:
            child = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            os.kill(int(child[0]), how)
        except (FileNotFoundError, IndexError, ProcessLookupError):
            pass

    def hold(self):
        """Until it may go on; who entered the namespaces stops with its child, as a shell's job does."""
        self.end(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)
        self.end(signal.SIGCONT)

    def wait(self, seconds=60) -> int:
        return self.process.wait(seconds)


def eventually(check, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.3)
    return found


class Caller:
    """A client in app2 that calls all the time, and counts."""

    def __init__(self, world, url, caller="game-gke/app2"):
        self.world, self.url, self.caller = world, url, caller
        self.answers = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.stop.is_set():
            lines = self.world.lab("call", self.caller, self.url, "-n", "20", "--timeout", "5", expect=None, seconds=180).stdout.splitlines()
            self.answers += [line for line in lines if line]

    def __enter__(self):
        self.thread.start()
        eventually(lambda: self.answers, "a first answer")
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    @property
    def failed(self) -> list:
        return [line for line in self.answers if not line.startswith("200 ")]


# Asks the pod's name server ten times a second, and once more where an answer is lost, as resolvers do; ends with its input.
ASK = r"""
import select, socket, struct, sys
server = next(line.split()[1] for line in open("/etc/resolv.conf") if line.startswith("nameserver"))
question = b"".join(bytes([len(part)]) + part.encode() for part in sys.argv[1].split(".")) + b"\0" + struct.pack("!HH", 1, 1)
def answer(number):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(2)
        try:
            one.sendto(struct.pack("!HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0) + question, (server, 53))
            reply = one.recv(512)
            return "ok" if reply[3] & 15 == 0 and struct.unpack("!H", reply[6:8])[0] > 0 else f"code {reply[3] & 15}"
        except OSError as error:
            return str(error)
number = 0
while not select.select([sys.stdin], [], [], 0.1)[0]:
    number += 1
    told = answer(number)
    print(answer(number) if told == "timed out" else told, flush=True)
"""


class Asker:
    """A pod that asks for a name all the time, and counts."""

    def __init__(self, world, name="kubernetes.default.svc.cluster.local", cluster="game-gke", pod="deployment/app2"):
        self.answers = []
        self.process = subprocess.Popen([str(LAB), "exec", "--", "kubectl", "--context", cluster, "exec", "-i", pod, "--", "/usr/bin/python3", "-c", ASK, name],
                                        env=world.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=lambda: self.answers.extend(line.strip() for line in iter(self.process.stdout.readline, "")))

    def __enter__(self):
        self.thread.start()
        eventually(lambda: self.answers, "a first answer")
        return self

    def __exit__(self, *_):
        time.sleep(1)  # what comes late counts
        self.process.stdin.close()
        self.process.wait(30)
        self.thread.join()

    @property
    def failed(self) -> list:
        return [answer for answer in self.answers if answer != "ok"]


def started(tmp_path_factory, *flags):
    """Empty clusters, and their end."""
    made = World(tmp_path_factory.mktemp("mesh"))
    try:
        made.lab("up", "--mesh", *flags)
        yield made
    finally:
        made.lab("down", expect=None)


@pytest.fixture(scope="module")
def world(request, tmp_path_factory):
    """Empty clusters that the tests of this module fill, in the order they stand there; `UP` in the module has the lab's flags."""
    yield from started(tmp_path_factory, *getattr(request.module, "UP", ()))
