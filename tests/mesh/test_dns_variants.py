"""The zone on the clusters' DNS of other platforms: what the pods answer, that the cluster's own names never fail meanwhile, and every byte afterwards."""

import json
import subprocess
import threading
import time

import pytest

from conftest import LAB, PAIR, eventually, started

SUFFIX = "mesh.internal"
CONTEXTS = ("--contexts", ",".join(PAIR))

# Asks the pod's name server ten times a second, without a resolver that would ask twice; ends with its input.
ASK = r"""
import select, socket, struct, sys
server = next(line.split()[1] for line in open("/etc/resolv.conf") if line.startswith("nameserver"))
question = b"".join(bytes([len(part)]) + part.encode() for part in sys.argv[1].split(".")) + b"\0" + struct.pack("!HH", 1, 1)
number = 0
while not select.select([sys.stdin], [], [], 0.1)[0]:
    number += 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(2)
        try:
            one.sendto(struct.pack("!HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0) + question, (server, 53))
            reply = one.recv(512)
            print("ok" if reply[3] & 15 == 0 and struct.unpack("!H", reply[6:8])[0] > 0 else f"code {reply[3] & 15}", flush=True)
        except OSError as error:
            print(error, flush=True)
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


@pytest.fixture(scope="module", params=["kube-dns", "coredns-custom", "coredns"])
def world(request, tmp_path_factory):
    for made in started(tmp_path_factory, "--dns", request.param):
        made.dns = request.param
        made.file = made.folder / "mesh.yaml"
        yield made


def data(world, cluster="game-gke"):
    found = world.get(cluster, "configmap", "-n", "kube-system", world.dns)
    return found.get("data"), found["metadata"].get("annotations"), found["metadata"].get("labels")


def verdicts(world, *words):
    report = world.document("dns", "verify", "-f", world.file, *words, expect=None)
    return {(item["id"], item["cluster"]): item["severity"] for item in report["items"] if item["severity"] in ("failure", "warning")}


def test_init_finds_the_strategy(world):
    world.file.write_text(world.mesh("init", *CONTEXTS, "--suffix", SUFFIX).stdout)
    assert f"strategy: {world.dns}" in world.file.read_text()
    world.before = {cluster: (data(world, cluster), world.snapshot(cluster)) for cluster in PAIR}


def test_install_is_answered_by_every_pod_and_fails_no_other_question(world):
    if world.dns == "kube-dns":  # a stub domain of somebody else, written as he likes it
        world.kubectl("game-gke", "-n", "kube-system", "patch", "configmap", "kube-dns", "--type=merge", "-p",
                      json.dumps({"data": {"stubDomains": '{ "corp.example" :\n   ["10.9.9.9"] }\n'}}))
        world.before["game-gke"] = (data(world), world.snapshot("game-gke"))
    with Asker(world) as asker:
        world.document("dns", "install", "-f", world.file, "--yes")
    assert len(asker.answers) > 15 and asker.failed == []
    with Asker(world, f"kubectl-mesh.{SUFFIX}") as zone:
        pass
    assert zone.failed == []
    assert verdicts(world) == {}
    assert world.writes("dns", "install", "-f", world.file, "--yes") == []


def test_another_zone_is_an_edit_that_fails_no_question(world):
    world.file.write_text(world.file.read_text().replace(SUFFIX, "other.internal"))
    with Asker(world) as asker:
        world.document("dns", "install", "-f", world.file, "--yes")
    assert asker.failed == []
    assert verdicts(world) == {}


def test_what_somebody_breaks_afterwards_is_named_and_mended(world):
    now = data(world)[0]
    key = next(key for key, value in now.items() if "other.internal" in value)
    address = world.get("game-gke", "service", "-n", "istio-system", "kubectl-mesh-dns")["spec"]["clusterIP"]
    world.kubectl("game-gke", "-n", "kube-system", "patch", "configmap", world.dns, "--type=merge", "-p",
                  json.dumps({"data": {key: now[key].replace(address, "10.96.255.254")}}))
    assert ("dns/stub-target", "game-gke") in verdicts(world, "--objects-only")
    with Asker(world) as asker:
        if world.dns != "coredns-custom":  # our lines in a text that is anybody's
            world.document("dns", "install", "-f", world.file, "--yes")
        else:  # a key of ours alone that is his now: never by force
            said = world.mesh("dns", "install", "-f", world.file, "--yes", expect=4)
            assert 'belongs to "kubectl-patch"' in said.stdout + said.stderr and "not forced" in said.stdout + said.stderr, said
            world.kubectl("game-gke", "-n", "kube-system", "patch", "configmap", world.dns, "--type=merge", "-p", json.dumps({"data": {key: now[key]}}))
            assert world.writes("dns", "install", "-f", world.file, "--yes") == []
    assert asker.failed == []
    assert data(world)[0] == now
    # A pod may still read the broken text of a moment ago, after it has answered from the one before.
    eventually(lambda: verdicts(world) == {}, "every pod has taken what is there now")


def test_remove_gives_every_byte_back(world):
    with Asker(world) as asker:
        world.mesh("dns", "remove", "-f", world.file, "--yes")
    assert asker.failed == []
    for cluster in PAIR:
        assert data(world, cluster) == world.before[cluster][0]
        world.kubectl(cluster, "delete", "namespace", "istio-system", "--ignore-not-found")
        eventually(lambda name=cluster: world.snapshot(name) == world.before[name][1], f"{cluster} as before", 30)
    with Asker(world, "kubectl-mesh.other.internal") as zone:
        pass
    assert "ok" not in zone.answers
