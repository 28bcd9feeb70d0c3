"""README, "What it looks like": `Undo: kubectl mesh undo RUN`. Every changing verb of every bundled plugin is undone on a living mesh, and the
clusters are compared with before: alone, after an unrelated edit by somebody else, and after an edit of what the run wrote."""

import base64
import json
import time
from dataclasses import dataclass

import pytest

from conftest import ALIAS, PAIR, eventually

BOTH = ("--contexts", ",".join(PAIR))
HELD = "namespaces,configmaps,secrets,services,serviceaccounts,deployments,customresourcedefinitions,clusterroles,clusterrolebindings," \
       "mutatingwebhookconfigurations,validatingwebhookconfigurations"
ISTIO = ("serviceentries.networking.istio.io", "destinationrules.networking.istio.io", "gateways.networking.istio.io")


def volatile(item) -> bool:
    """What controllers and Helm count for themselves: leases, Helm's revisions."""
    name = item["metadata"]["name"]
    return item["kind"] == "Secret" and (item.get("type") == "helm.sh/release.v1" or name == "istio-ca-secret") or \
        name in ("istio-leader", "istio-ip-autoallocate", "istio-namespace-controller-election") or name.startswith("kube-apiserver-legacy")


def forget_addresses(spec):
    """A Service that is created again gets others, as docs/concerns/helm.md says."""
    for given in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
        spec.pop(given, None)
    for port in spec.get("ports", []):
        port.pop("nodePort", None)


def items_of(world, cluster) -> list:
    """Istio's kinds may be known, on their way out, or gone."""
    every = world.kubectl(cluster, "get", ",".join((HELD, *ISTIO)), "-A", "-o", "json", expect=None)
    if every.strip():
        return json.loads(every)["items"]
    items = world.get(cluster, HELD, "-A")["items"]
    for kind in ISTIO:
        some = world.kubectl(cluster, "get", kind, "-A", "-o", "json", expect=None)
        items += json.loads(some)["items"] if some.strip() else []
    return items


def held(world) -> dict:
    """All that a run could have changed, Secrets' values included, without what servers and controllers write for themselves."""
    found = {}
    for cluster in PAIR:
        for item in items_of(world, cluster):
            metadata = item["metadata"]
            if volatile(item) or "deletionTimestamp" in metadata:
                continue
            for counted in ("resourceVersion", "managedFields", "generation", "uid", "creationTimestamp"):
                metadata.pop(counted, None)
            item.pop("status", None)
            for holder in (metadata, item.get("spec", {}).get("template", {}).get("metadata", {}) if isinstance(item.get("spec"), dict) else {}):
                annotations = holder.get("annotations", {})
                for stamp in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/restartedAt", "note"):
                    annotations.pop(stamp, None)
                if not annotations:
                    holder.pop("annotations", None)
                if not holder.get("labels", True):
                    holder.pop("labels")
            if item["kind"] == "Service" and world.new_addresses:
                forget_addresses(item["spec"])
            for webhook in item.get("webhooks", []):
                webhook["clientConfig"].pop("caBundle", None)
            found[f"{cluster} {item['kind']} {metadata.get('namespace', '')}/{metadata['name']}"] = item
    return found


def difference(one, other) -> dict:
    return {name: (one.get(name), other.get(name)) for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def as_before(world, before):
    """Controllers may need a moment to take theirs away."""
    deadline = time.monotonic() + 30
    while (left := difference(held(world), before)) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not left, json.dumps(left, indent=1)[:4000]


def changed(document) -> list:
    """(cluster, kind, namespace, name) of every object that a run wrote."""
    written = []
    for item in document["items"]:
        if item["outcome"] != "done" or item["change"] not in ("create", "change") or " " not in item["object"]:
            continue
        kind, _, place = item["object"].partition(" ")
        space, _, name = place.rpartition("/")
        if (item["cluster"], kind, space, name) not in written:
            written.append((item["cluster"], kind, space, name))
    return written


def on(place) -> tuple:
    cluster, kind, space, name = place
    return (cluster, *(("-n", space) if space else ())), f"{kind.lower()}{'.networking.istio.io' if kind == 'Gateway' else ''}/{name}"


def run(world, *words) -> dict:
    document = world.document(*words, "--yes", seconds=600)
    assert document["complete"], document
    return document


def undo(world, run_name, *words, **more):
    return world.mesh("undo", run_name, "--yes", *words, seconds=600, **more)


def test_up_on_empty_clusters_is_undone_to_what_was_there_before(world):
    """README: "changes all clusters at once, proves it, and takes it back"."""
    world.file = world.write_mesh_file()
    world.new_addresses = False
    empty = held(world)
    made = run(world, "up", "-f", world.file)
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    shown = undo(world, made["run"], "--dry-run=client")
    assert "cannot be undone" in shown.stdout and "restart" in shown.stdout
    assert "istio-system" in shown.stdout
    undo(world, made["run"])
    for cluster in PAIR:
        assert not world.get(cluster, "namespace", "istio-system")
    as_before(world, empty)
    assert world.call("game-agones/app1", "http://app1:8000/")
    # What is undone is undone: a second time there is nothing to do.
    assert world.writes("undo", made["run"], "--yes") == []


def test_the_mesh_is_made_again(world):
    run(world, "up", "-f", world.file)
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")


@dataclass
class Row:
    """A changing verb, and a field that it writes: what somebody else sets there, and how the refusal names it."""

    verb: tuple
    edit: tuple = ()  # CLUSTER, words of kubectl that change a field of the run
    field: str = ""
    prepare: tuple = ()  # a command that makes room for the verb, undone afterwards
    new_addresses: bool = False  # undo creates Services again


CACERTS = ("game-gke", "-n", "istio-system", "patch", "secret", "cacerts", "--type=merge", "-p",
           json.dumps({"data": {"root-cert.pem": base64.b64encode(b"mine").decode()}}))
ZONE = ("game-gke", "-n", "istio-system", "patch", "configmap", "kubectl-mesh-dns", "--type=merge", "-p", json.dumps({"data": {"Corefile": "mine"}}))
LABEL = ("game-gke", "label", "namespace", "default", "istio-injection=disabled", "--overwrite")
ENTRY = ("game-gke", "-n", "istio-system", "patch", "serviceentry", "app1.default.global", "--type=merge", "-p",
         json.dumps({"spec": {"hosts": ["mine.global"]}}))
EXPORT = ("game-agones", "annotate", "service", "app1", "kubectl-mesh.dev/export=mine", "--overwrite")

FILE = "-f", "{file}"
VERBS = {
    "certs rotate --intermediate": Row(("certs", "rotate", "--intermediate", *FILE), CACERTS, ".data.root-cert.pem"),
    "certs rotate --root": Row(("certs", "rotate", "--root", *FILE), CACERTS, ".data.root-cert.pem"),
    "certs remove": Row(("certs", "remove", *FILE)),
    "certs install": Row(("certs", "install", *FILE), CACERTS, ".data.root-cert.pem", prepare=("certs", "remove", *FILE)),
    "helm upgrade": Row(("helm", "upgrade", "-f", "{upgrade}")),
    "helm uninstall": Row(("helm", "uninstall", *FILE), new_addresses=True),
    "helm install": Row(("helm", "install", *FILE), prepare=("helm", "uninstall", *FILE)),
    "dns remove": Row(("dns", "remove", *FILE)),
    "dns install": Row(("dns", "install", *FILE), ZONE, ".data.Corefile", prepare=("dns", "remove", *FILE)),
    "serviceentry export": Row(("serviceentry", "export", "--service", "default/app1", "--from", "game-agones", *BOTH), EXPORT, "kubectl-mesh.dev/export"),
    "serviceentry remove": Row(("serviceentry", "remove", *FILE)),
    "serviceentry sync": Row(("serviceentry", "sync", *FILE), ENTRY, ".spec.hosts", prepare=("serviceentry", "remove", *FILE)),
    "inject disable": Row(("inject", "disable", *FILE), ("game-gke", "label", "namespace", "default", "istio-injection=disabled", "--overwrite"),
                          ".metadata.labels.istio-injection"),
    "inject enable": Row(("inject", "enable", *FILE), LABEL, ".metadata.labels.istio-injection", prepare=("inject", "disable", *FILE)),
    "inject restart": Row(("inject", "restart", "--all", *FILE)),
}


def words_of(world, words) -> list:
    upgrade = world.folder / "upgrade.yaml"
    if not upgrade.exists():
        upgrade.write_text(world.file.read_text().replace("\nhelm:", "\nhelm:\n  values: {istiod: {env: {LAB_UNDO: \"1\"}}}"))
    return [str(word).format(file=world.file, upgrade=upgrade) for word in words]


@pytest.fixture(params=list(VERBS))
def row(request, world):
    """The clusters when the verb may begin, and as they were when it is over."""
    row = VERBS[request.param]
    made = run(world, *words_of(world, row.prepare)) if row.prepare else None
    world.new_addresses = row.new_addresses
    world.start = held(world)
    yield row
    if made:
        undo(world, made["run"])


def test_a_verb_is_undone(world, row):
    document = run(world, *words_of(world, row.verb))
    undo(world, document["run"])
    as_before(world, world.start)
    assert world.writes("undo", document["run"], "--yes") == [], "a second time there is nothing to do"


def test_an_unrelated_edit_by_somebody_else_does_not_block_undo(world, row):
    document = run(world, *words_of(world, row.verb))
    touched = changed(document)
    for place in touched:
        (cluster, *space), name = on(place)
        world.kubectl(cluster, *space, "annotate", name, "note=theirs", "--overwrite")
    undo(world, document["run"])
    as_before(world, world.start)
    for cluster in PAIR:
        world.inside("sh", "-c", f"kubectl --context {cluster} annotate namespaces --all note- >/dev/null; "
                                 f"kubectl --context {cluster} -n default annotate services --all note- >/dev/null", expect=None)


def test_an_edit_of_what_the_run_wrote_is_refused_and_named(world, row):
    if not row.edit:
        pytest.skip("it writes no field that stays")
    document = run(world, *words_of(world, row.verb))
    before = held(world)
    cluster, *words = row.edit
    world.kubectl(cluster, *words, "--field-manager", "somebody")
    edited = held(world)
    result = undo(world, document["run"], expect=4)
    assert row.field in result.stderr and '"somebody"' in result.stderr, result.stderr
    assert base64.b64encode(b"mine").decode() not in result.stderr or row.edit is not CACERTS
    assert not difference(held(world), edited), "nothing was written"
    give_back(world, cluster, before, edited)
    undo(world, document["run"])
    as_before(world, world.start)


def give_back(world, cluster, before, edited):
    """The edit is taken back, and the field given back to the tool."""
    for name, (old, new) in difference(before, edited).items():
        _, kind, place = name.split(" ")
        space, _, name = place.partition("/")
        patch = {part: old[part] for part in ("data", "spec") if old.get(part) != new.get(part)}
        patch["metadata"] = {}
        for part in ("labels", "annotations"):
            kept, found = old["metadata"].get(part, {}), new["metadata"].get(part, {})
            patch["metadata"][part] = dict.fromkeys(found.keys() - kept.keys()) | {key: kept[key] for key in kept if found.get(key) != kept[key]}
        world.kubectl(cluster, *(("-n", space) if space else ()), "patch", kind.lower(), name, "--type=merge", "--field-manager", "kubectl-mesh",
                      "-p", json.dumps(patch))
