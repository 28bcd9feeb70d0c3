"""The zone on the clusters' DNS of other platforms: what the pods answer, that the cluster's own names never fail meanwhile, and every byte afterwards."""

import json
import subprocess
import threading
import time

import pytest

from conftest import LAB, PAIR, Asker, eventually, started

SUFFIX = "mesh.internal"
CONTEXTS = ("--contexts", ",".join(PAIR))

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
