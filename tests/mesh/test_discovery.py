"""Mode discovery: every istiod watches the other API servers and services keep their names. Then the mesh changes its mode, and back."""

import base64
import json
import re

import yaml

from conftest import DISCOVERY, PAIR, Caller, eventually

ALIAS = "http://app1.default.mesh.internal:8000/"
# A Service of the cluster's own, of the name that the other one exports.
OWN = "{apiVersion: v1, kind: Service, metadata: {name: app1, namespace: default}, spec: {selector: {app: app1}, ports: [{name: http, port: 8000}]}}"


def other(cluster):
    return PAIR[1 - PAIR.index(cluster)]


def rows(world, check, file):
    report = world.document("verify", "-f", file, "--only", check)
    return {item["cluster"]: item["severity"] for item in report["items"]}


def kubeconfig_in(text) -> dict:
    """What istiod uses of a kubeconfig."""
    config = yaml.safe_load(text)
    assert config["current-context"] == config["contexts"][0]["name"]
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    return {"server": cluster["server"], "ca": cluster["certificate-authority-data"], "token": user["token"], "context": config["contexts"][0]["context"]}


def test_up_makes_every_istiod_watch_the_other_cluster(world):
    world.before = {cluster: world.snapshot(cluster) for cluster in PAIR}
    world.file = world.write_mesh_file(mode="discovery", suffix="mesh.internal")
    world.document("up", "-f", world.file, "--yes")
    assert rows(world, "serviceentry/registries-synced", world.file) == dict.fromkeys(PAIR, "pass")
    eventually(lambda: world.failures() == set(), "every check passes")
    # istioctl is asked, too.
    for cluster in PAIR:
        said = world.inside("istioctl", "remote-clusters", "--context", cluster).stdout
        assert re.search(rf"^{other(cluster)} .*\bsynced\b", said, re.MULTILINE), said


def test_the_service_is_called_by_its_own_name(world):
    answer = eventually(lambda: world.call("game-gke/app2", DISCOVERY), "app1 answers app2")
    assert (answer["app"], answer["cluster"]) == ("app1", "game-agones")
    assert "By=spiffe://cluster.local/ns/default/sa/app1" in answer["x-forwarded-client-cert"]
    assert "URI=spiffe://cluster.local/ns/default/sa/app2" in answer["x-forwarded-client-cert"]


def test_the_name_resolves_by_a_stub_where_there_is_no_such_service(world):
    """docs/concerns/serviceentry.md, Mode discovery."""
    stub = world.get("game-gke", "service", "app1")
    original = world.get("game-agones", "service", "app1")
    assert "selector" not in stub["spec"] and stub["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "kubectl-mesh"
    ports = [{name: port.get(name) for name in ("name", "port", "protocol")} for port in stub["spec"]["ports"]]
    assert ports == [{name: port.get(name) for name in ("name", "port", "protocol")} for port in original["spec"]["ports"]]
    assert rows(world, "serviceentry/names-known", world.file) == {"game-agones": "skipped", "game-gke": "pass"}
    world.kubectl("game-gke", "delete", "service", "app1")
    assert world.failures() == {("serviceentry/names-known", "game-gke")}
    world.mesh("serviceentry", "sync", "-f", world.file, "--yes")
    eventually(lambda: world.call("game-gke/app2", DISCOVERY), "its name resolves again", 30)
    eventually(lambda: world.failures() == set(), "every check passes")


def test_an_export_makes_a_name_in_a_namespace_that_was_not_there_and_its_end_takes_both_away(world):
    world.kubectl("game-gke", "create", "namespace", "games")
    world.apply("game-gke", world.app("app9", "game-gke").replace("namespace: default", "namespace: games"))
    try:
        words = ("--service", "games/app9", "--from", "game-gke", "-f", world.file, "--yes")
        world.mesh("serviceentry", "export", *words)
        assert world.get("game-agones", "service", "-n", "games", "app9")
        world.mesh("serviceentry", "remove", *words)
        assert not world.get("game-agones", "namespace", "games")
        assert world.get("game-gke", "service", "-n", "games", "app9")
    finally:
        world.kubectl("game-gke", "delete", "namespace", "games")


def test_init_writes_what_the_clusters_have_and_plan_takes_it(world):
    text = world.mesh("init", "--contexts", ",".join(PAIR)).stdout
    written = yaml.safe_load(text)
    assert written["mesh"]["mode"] == "discovery" and "skip" not in written
    assert written["serviceentry"]["exports"] == [{"cluster": "game-agones", "service": "default/app1"}]
    written["helm"] = yaml.safe_load(world.file.read_text())["helm"]
    path = world.folder / "found.yaml"
    path.write_text(yaml.safe_dump(written))
    world.mesh("plan", "-f", path, expect=0)


def test_a_second_up_writes_nothing(world):
    assert world.writes("up", "-f", world.file, "--yes") == []


def test_the_remote_secrets_are_istioctls(world):
    for cluster in PAIR:
        theirs = next(yaml.safe_load_all(world.inside("istioctl", "create-remote-secret", "--context", cluster, "--name", cluster).stdout))
        ours = world.get(other(cluster), "secret", "-n", "istio-system", theirs["metadata"]["name"])
        assert ours["metadata"]["labels"].items() >= theirs["metadata"]["labels"].items()
        assert ours["metadata"]["annotations"].items() >= theirs["metadata"]["annotations"].items()
        assert kubeconfig_in(base64.b64decode(ours["data"][cluster])) == kubeconfig_in(theirs["stringData"][cluster])


def test_a_reader_without_rights_is_told(world):
    bindings = world.get("game-agones", "clusterrolebindings", "-l", "app=istio-reader")
    world.kubectl("game-agones", "delete", "clusterrolebindings", *(item["metadata"]["name"] for item in bindings["items"]))
    try:
        eventually(lambda: world.failures() == {("serviceentry/reader-rights", "game-agones")}, "the token may not read", 20)
    finally:
        for item in bindings["items"]:
            for counted in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
                item["metadata"].pop(counted, None)
        world.apply("game-agones", json.dumps(bindings))
    eventually(lambda: world.failures() == set(), "it may again", 20)


def test_a_reader_that_may_not_list_config_maps_is_told(world):
    """Istiod lists them in remote clusters since 1.29."""
    role = world.get("game-agones", "clusterroles", "-l", "app=istio-reader")["items"][0]
    name, rules = role["metadata"]["name"], role["rules"]
    narrowed = [{**rule, "resources": [one for one in rule["resources"] if one != "configmaps"]} for rule in rules]

    def have(wanted):
        world.kubectl("game-agones", "patch", "clusterrole", name, "--type=merge", "-p", json.dumps({"rules": wanted}))

    have(narrowed)
    try:
        eventually(lambda: world.failures() == {("serviceentry/reader-rights", "game-agones")}, "the token may not read", 20)
    finally:
        have(rules)
    eventually(lambda: world.failures() == set(), "it may again", 20)


def test_services_of_one_name_that_differ_are_told(world):
    world.kubectl("game-gke", "delete", "service", "app1")
    world.apply("game-gke", OWN)

    def has(*ports):
        world.kubectl("game-gke", "patch", "service", "app1", "--type=merge", "-p", json.dumps({"spec": {"ports": ports}}))

    has({"name": "http", "port": 8000}, {"name": "more", "port": 9000})
    assert world.failures() == {("serviceentry/same-services", "game-gke")}
    has({"name": "http", "port": 8000})
    eventually(lambda: world.failures() == set(), "every check passes")
    # It is nobody's stub: no run touches it.
    assert world.writes("serviceentry", "sync", "-f", world.file, "--yes") == []


def test_a_service_whose_name_is_not_known_everywhere_is_a_warning(world):
    """app2 has a Service in its own cluster only, and nobody exports it."""
    assert rows(world, "serviceentry/same-services", world.file) == {"game-agones": "warning", "game-gke": "pass"}


def test_endpoints_of_both_clusters_are_one_service(world):
    world.apply("game-gke", world.app("app1", "game-gke"))
    world.kubectl("game-gke", "rollout", "status", "deployment/app1", "--timeout=60s")

    def twenty():
        lines = world.lab("call", "game-gke/app2", DISCOVERY, "-n", "20").stdout.splitlines()
        return {json.loads(line.partition(" ")[2])["cluster"] for line in lines} == set(PAIR)

    eventually(twenty, "20 calls are answered from both clusters", 30)
    world.kubectl("game-gke", "delete", "deployment", "app1")


def test_the_mode_changes_to_alias_under_another_suffix(world):
    world.alias = world.edit("alias.yaml", ("mode: discovery", "mode: alias"))
    world.document("up", "-f", world.alias, "--yes")
    answer = eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers under its alias")
    assert answer["cluster"] == "game-agones"
    eventually(lambda: world.call("game-gke/app2", DISCOVERY) is None, "no istiod knows the other cluster any more", 20)
    for cluster in PAIR:
        assert not [name for name in world.versions(cluster, "secrets", "-n", "istio-system") if "remote-secret" in name]
    eventually(lambda: world.failures(file=world.alias) == set(), "every check passes")
    assert world.writes("up", "-f", world.alias, "--yes") == []


def test_the_mode_changes_back(world):
    world.document("up", "-f", world.file, "--yes")
    eventually(lambda: world.call("game-gke/app2", DISCOVERY), "app1 answers by its own name again")
    for cluster in PAIR:
        assert not world.get(cluster, "serviceentries,destinationrules", "-A").get("items")
    assert world.writes("up", "-f", world.file, "--yes") == []


def test_no_zone_is_left_behind(world):
    for cluster in PAIR:
        assert "kubectl-mesh" not in world.get(cluster, "configmap", "-n", "kube-system", "coredns")["data"]["Corefile"]


def test_an_api_server_that_istiod_does_not_reach_is_refused_and_no_call_is_lost(world):
    """docs/concerns/serviceentry.md, Mode discovery: the probe is istiod's own, and what it served before goes on.

    The last one before `down`: an istiod that has given up an address may not take later changes of remote secrets."""
    before = world.get("game-gke", "secret", "-n", "istio-system", "istio-remote-secret-game-agones")["data"]
    with Caller(world, DISCOVERY) as caller:
        result = world.mesh("serviceentry", "sync", "-f", world.file, "--api-server", "game-agones=https://192.0.2.1:6443", "--yes", expect=None)
    assert result.returncode not in (0, 1), result
    assert "192.0.2.1" in result.stderr and "reverted" in result.stderr, result
    assert not caller.failed, caller.failed
    assert world.get("game-gke", "secret", "-n", "istio-system", "istio-remote-secret-game-agones")["data"] == before
    eventually(lambda: world.failures() == set(), "istiod has synced again", 60)


def test_down_leaves_the_clusters_as_they_were(world):
    world.kubectl("game-gke", "delete", "service", "app1")
    world.kubectl("game-gke", "delete", "serviceaccount", "app1")
    world.mesh("down", "-f", world.file, "--yes", seconds=600)
    for cluster in PAIR:
        assert not world.get(cluster, "namespace", "istio-system"), "down waits for its end"
        eventually(lambda name=cluster: world.snapshot(name) == world.before[name], f"{cluster} as before", 30)
