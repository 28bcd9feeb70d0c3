"""S4, S7: serviceentry where much is exported, and where there is much that is not. Istio's kinds are enough for it; Istio is not there."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from measure import Command
from scenario import KUBECTL, Group, Scenario, shell
from world import OURS, World, must

NAMESPACE = "shop"
KINDS = ("destinationrules", "serviceentries")
ALIASES = "/apis/networking.istio.io/v1/namespaces/istio-system/"
SERVICES = f"/api/v1/namespaces/{NAMESPACE}/services"
CHANGING = "service-0"


def service(number: int, exported: bool) -> dict:
    annotations = {"kubectl-mesh.dev/export": "true"} if exported else {}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"service-{number}", "annotations": annotations},
            "spec": {"selector": {"app": "none"}, "ports": [{"name": "http-v0" if number == 0 else "http", "port": 8000}]}}


def kinds(name: str, *words: str) -> list:
    return [KUBECTL, "--context", name, *words, "-f", f"{os.environ['LAB_CHARTS']}/base/files/crd-all.gen.yaml"]


def furnish(world: World, contexts: list, count: int, exported: bool):
    """Istio's kinds in all clusters, and in the first one so many Services and no others."""
    for name in contexts:
        must(kinds(name, "apply", "--server-side"), world.environment())
        for namespace in ("istio-system", NAMESPACE):
            world.apis[name].ask("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    forget_aliases(world, contexts)
    first = world.apis[contexts[0]]
    first.ask("DELETE", SERVICES)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: first.ask("POST", SERVICES, service(number, exported)), range(count)))


def leave(world: World):
    """helm refuses to install Istio over kinds that it did not bring."""
    for name in world.apis:
        must(kinds(name, "delete", "--ignore-not-found"), world.environment())
    world.apis[world.contexts(1)[0]].ask("DELETE", SERVICES)


def forget_aliases(world: World, contexts: list):
    for name in contexts:
        for kind in KINDS:
            world.apis[name].ask("DELETE", ALIASES + kind)


def mesh_file(world: World, contexts: list) -> Path:
    """The gateways are named: there are none, and nobody calls."""
    return world.mesh_file("exports.yaml", contexts, serviceentry={"addresses": {name: ["203.0.113.7:15443"] for name in contexts}})


class Manifests:
    """What our side has written, as files for kubectl: one per cluster."""

    def __init__(self, world: World, contexts: list):
        self.files = {name: world.folder / f"aliases-{name}.json" for name in contexts}
        for name, file in self.files.items():
            items = [self._plain(item) for kind in KINDS for item in world.apis[name].ask("GET", ALIASES + kind)["items"]]
            file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))

    @staticmethod
    def _plain(item: dict) -> dict:
        kept = {key: item["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
        return {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": kept, "spec": item["spec"]}

    def apply(self) -> list:
        """In our name: who owns a field does not become a quarrel between the two sides."""
        return shell([f"{KUBECTL} --context {name} apply --server-side --field-manager=kubectl-mesh -f {file}" for name, file in self.files.items()])


class Change:
    """One port of one Service gets another name, every time."""

    def __init__(self, world: World, exporter: str, manifests: Manifests):
        self.api, self.manifests, self.count = world.apis[exporter], manifests, 0

    def of_service(self):
        self.count += 1
        changed = self.api.ask("GET", f"{SERVICES}/{CHANGING}")
        changed["spec"]["ports"][0]["name"] = f"http-v{self.count}"
        self.api.ask("PUT", f"{SERVICES}/{CHANGING}", changed)

    def of_manifests(self):
        self.count += 1
        for file in self.manifests.files.values():
            file.write_text(re.sub(r"http-v\d+", f"http-v{self.count}", file.read_text()))


def synced(world: World) -> list:
    contexts, count = list(world.apis), world.count(1000)
    importers = contexts[1:]
    furnish(world, contexts, count, exported=True)
    environment = world.environment()
    words = [OURS, "serviceentry", "sync", "-f", str(mesh_file(world, contexts)), "--yes"]
    must(words, environment)
    manifests = Manifests(world, importers)
    change = Change(world, contexts[0], manifests)

    def scenario(name, wanted, rounds, writes, before=(lambda: None, lambda: None)):
        return Scenario(f"{name}, {count} exports, {len(contexts)} clusters", Command("serviceentry sync", words, environment, before=before[0]),
                        Command("kubectl apply --server-side", manifests.apply(), environment, before=before[1]),
                        wanted=wanted, rounds=rounds, writes=writes)

    cold = lambda: forget_aliases(world, importers)
    return [scenario("S4a cold", 2.5, 3, len(KINDS) * count * len(importers), (cold, cold)),
            scenario("S4b no-op", 10, 7, 0),
            scenario("S4c one change", 10, 7, len(importers), (change.of_service, change.of_manifests))]


def crowded(world: World) -> list:
    contexts, count = world.contexts(1), world.count(10_000)
    furnish(world, contexts, count, exported=False)
    environment = world.environment()
    file = str(mesh_file(world, contexts))
    peer = Command("kubectl get services -o json", [KUBECTL, "--context", contexts[0], "get", "services", "-A", "-o", "json"], environment)
    return [Scenario(f"S7 serviceentry {verb[0]}, {count} Services", Command(f"serviceentry {verb[0]}", [OURS, "serviceentry", *verb, "-f", file], environment, status),
                     peer, rounds=5, rss_limit=24 << 20)
            for verb, status in ((["sync", "--yes"], 0), (["verify", "--objects-only"], 0))]


GROUPS = {"S4": Group(synced, "mesh", leave), "S7": Group(crowded, "mesh", leave)}
