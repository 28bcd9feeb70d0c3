"""Many exports: how many requests they take. Istio's kinds are enough for it; Istio is not there."""

import json
import re

import pytest
import yaml

from conftest import PAIR

MANY = 60
FEW = 19  # requests per cluster, however many exports there are: each list is read to plan, again before the first write and after the last


def service(number, port="http") -> dict:
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": f"service-{number}", "namespace": "default", "annotations": {"kubectl-mesh.dev/export": "true"}},
            "spec": {"selector": {"app": f"service-{number}"}, "ports": [{"name": port, "port": 8000}]}}


@pytest.fixture(scope="module")
def many(world):
    for cluster in PAIR:
        world.kubectl(cluster, "apply", "--server-side", "-f", f"{world.where('LAB_CHARTS')}/base/files/crd-all.gen.yaml")
        world.kubectl(cluster, "create", "namespace", "istio-system")
    world.apply("game-agones", json.dumps({"apiVersion": "v1", "kind": "List", "items": [service(number) for number in range(MANY)]}))
    world.file = world.folder / "many.yaml"
    world.file.write_text(yaml.safe_dump({"apiVersion": "kubectl-mesh.dev/v1", "kind": "Mesh", "clusters": [{"context": cluster} for cluster in PAIR],
                                          "serviceentry": {"addresses": {cluster: ["203.0.113.7:15443"] for cluster in PAIR}}}))
    return world


def sync(world) -> tuple:
    """Requests that read, or ask what is allowed, and those that write."""
    said = world.mesh("serviceentry", "sync", "-f", world.file, "--yes", "-v", "6").stderr
    requests = [line for line in said.splitlines() if "https://" in line]
    requests = [line for line in requests if "/leases" not in line]  # a fixed few of each run that writes, not one of each object
    writes = [line for line in requests if re.search(r"\b(PATCH|PUT|POST|DELETE)\b", line) and "accessreviews" not in line]
    return [line for line in requests if line not in writes], writes


def test_the_first_sync_reads_lists_and_writes_each_object_once(many):
    reads, writes = sync(many)
    assert len(writes) == 2 * MANY
    assert len(reads) <= len(PAIR) * FEW


def test_the_next_one_writes_nothing(many):
    reads, writes = sync(many)
    assert writes == []
    assert len(reads) <= len(PAIR) * FEW


def test_one_change_is_one_write_in_every_other_cluster(many):
    many.apply("game-agones", json.dumps(service(7, port="grpc")))
    reads, writes = sync(many)
    assert len(writes) == len(PAIR) - 1 and "serviceentries/service-7." in writes[0]
    assert len(reads) <= len(PAIR) * FEW
