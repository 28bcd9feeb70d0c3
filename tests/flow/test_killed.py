"""kill -9 between the tool and real API servers: the same command again ends where an undisturbed run does.

The tool speaks to a TLS server of ours for each cluster, which passes every request on to the real one, counts it, and kills
the tool where it is told to. tests/fault does the same at every request of a server by script; here some places are drawn."""

import base64
import http.client
import json
import os
import random
import ssl
import sys
import time
from pathlib import Path

import pytest
import yaml

from conftest import FILES, openssl, verify_with_openssl

sys.path.append(str(Path(__file__).resolve().parent.parent / "fault"))
from faultserver import Response  # noqa: E402
from pki import Authority  # noqa: E402
from test_crash import AFTER, BEFORE, Killer  # noqa: E402
from world import World, finish  # noqa: E402

SEED = int(os.environ.get("MESH_SEED", "1"))
PLACES = 10  # of about forty; each costs three runs
SECRET = "/api/v1/namespaces/istio-system/secrets/cacerts"


class RealServer:
    """The API server of one of the lab's clusters, as its admin."""

    def __init__(self, context: str, folder: Path):
        config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
        cluster, user = (next(entry[kind] for entry in config[kind + "s"] if entry["name"] == context) for kind in ("cluster", "user"))
        self.host = cluster["server"].removeprefix("https://")
        self.tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        pair = folder / f"{context}.pem"
        pair.write_bytes(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
        self.tls.load_cert_chain(pair)

    def ask(self, method, target, body=None, headers=None) -> Response:
        connection = http.client.HTTPSConnection(self.host, context=self.tls, timeout=30)
        try:
            connection.request(method, target, body, headers or {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return Response(answer.status, answer.read(), {"Content-Type": answer.headers["Content-Type"]})
        finally:
            connection.close()

    def __call__(self, request) -> Response:
        kept = {name: request.headers[name] for name in ("accept", "content-type", "user-agent") if name in request.headers}
        return self.ask(request.method, request.target, request.body or None, kept)

    def cacerts(self) -> dict:
        answer = self.ask("GET", SECRET)
        data = json.loads(answer.body).get("data", {}) if answer.status == 200 else {}
        return {name: base64.b64decode(value).decode() for name, value in data.items()}

    def forget_mesh(self):
        """A cluster without Istio's namespace, without the seconds that its controller takes."""
        path = "/api/v1/namespaces/istio-system"
        self.ask("DELETE", path + "/secrets")
        self.ask("DELETE", path)
        deadline = time.monotonic() + 30
        while (answer := self.ask("GET", path)).status == 200:
            assert time.monotonic() < deadline
            namespace = json.loads(answer.body)
            namespace["spec"]["finalizers"] = []
            self.ask("PUT", path + "/finalize", json.dumps(namespace))


class Between:
    """The tool with a home of its own, and what stands between it and the clusters."""

    def __init__(self, servers, pki, folder):
        folder.mkdir()
        for server in servers.values():
            server.forget_mesh()
        self.servers, self.world = servers, World(folder, pki, names=tuple(servers))
        for name, cluster in self.world.clusters.items():
            cluster.server.application = servers[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.world.close()

    def install(self, *words):
        return self.world.install(*words, timeout=120)

    def requests(self) -> list:
        """Of all clusters, in their order."""
        every = (request for cluster in self.world.clusters.values() for request in cluster.server.requests)
        return sorted(every, key=lambda request: request.time)


class Pki:
    def __init__(self, folder):
        self.ca = Authority(folder, "proxy CA")
        self.server_pair = self.ca.server()


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture()
def servers(tmp_path):
    pair = {name: RealServer(name, tmp_path) for name in ("game-agones", "game-gke")}
    yield pair
    for server in pair.values():
        server.forget_mesh()


def places_to_die(between) -> list:
    """All writes, and as many of the others as are drawn."""
    assert between.install().code == 0
    requests = between.requests()
    points = [(number, phase) for number in range(1, len(requests) + 1) for phase in (BEFORE, AFTER)]
    writes = [point for point in points if requests[point[0] - 1].is_write]
    others = [point for point in points if point not in writes]
    dice = random.Random(SEED)
    chosen = dice.sample(writes, min(len(writes), PLACES // 2))
    return chosen + dice.sample(others, PLACES - len(chosen))


def one_crash(between, at, phase, folder) -> str:
    """What is wrong after a crash there; "" if all is well."""
    world = between.world
    killer = Killer(world, at, phase)
    process = world.start("certs", "install", "--contexts", world.contexts, "--yes")
    killer.watch(process)
    if finish(process, timeout=120).code != -9:
        return "it was not killed"
    for cluster in world.clusters.values():
        cluster.server.rules.clear()
    again = between.install()
    if again.code != 0:
        return f"the rerun ended with {again.code}: {again.said}"
    sets = [server.cacerts() for server in between.servers.values()]
    if not all(sorted(files) == sorted(FILES) for files in sets) or len({files["root-cert.pem"] for files in sets}) != 1:
        return "the clusters do not share a root"
    for number, files in enumerate(sets):
        verify_with_openssl(files, folder / str(number))
    world.forget()
    third = between.install()
    return f"the third run wrote: {third.said}" if third.code != 0 or world.writes() else ""


def test_a_run_that_was_killed_is_ended_by_the_same_command(servers, pki, tmp_path):
    with Between(servers, pki, tmp_path / "clean") as between:
        places = places_to_die(between)
    wrong = {}
    for number, (at, phase) in enumerate(places):
        folder = tmp_path / str(number)
        with Between(servers, pki, folder) as between:
            wrong[(at, phase)] = one_crash(between, at, phase, folder)
    assert len(wrong) == PLACES and {point: verdict for point, verdict in wrong.items() if verdict} == {}, f"MESH_SEED={SEED}"


def inner_lines(pem: str) -> list:
    return [line for line in pem.splitlines() if len(line) > 40 and "-----" not in line]


def test_no_key_shows_but_in_its_own_secret(servers, pki, tmp_path):
    """The key that an operator brings, and those that are made for the clusters, at the highest verbosity."""
    root, key = tmp_path / "root.pem", tmp_path / "root.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj", "/O=Corp/CN=Corp Root",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", key, "-out", root)
    with Between(servers, pki, tmp_path / "run") as between:
        said = between.install("--strategy", "pem", "--set", f"root-cert={root}", "--set", f"root-key={key}", "-v", "9")
        assert said.code == 0, said.said
        canaries = inner_lines(key.read_text())
        for server in servers.values():
            canaries += inner_lines(server.cacerts()["ca-key.pem"])
        assert len(canaries) >= 6
        written = {path: path.read_text(errors="replace") for path in between.world.home.rglob("*") if path.is_file()}
        texts = {"stdout": said.out, "stderr": said.err, **written}
        # In requests only as data of its own cluster's Secret, and the brought one in none.
        for request in between.requests():
            if not request.target.startswith(SECRET):
                texts[request.target] = request.body.decode(errors="replace")
        coded = [base64.b64encode(canary.encode())[4:-4].decode() for canary in canaries]
        found = [(name, canary) for name, text in texts.items() for canary in [*canaries, *coded] if canary in text]
        assert found == []
        secrets = [base64.b64decode(value).decode() for request in between.requests() if request.is_write and request.target.startswith(SECRET)
                   for value in json.loads(request.body)["data"].values()]
        assert not [line for line in inner_lines(key.read_text()) for text in secrets if line in text]
