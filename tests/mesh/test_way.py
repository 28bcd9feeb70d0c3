"""From two empty clusters to a mesh, and back: `init`, `plan`, `up`, `status`, `verify`, `down`, in the order of this file."""

import json
import re
from xml.etree import ElementTree

from conftest import ALIAS, PAIR, Caller, eventually


def test_init_writes_a_file_that_works_as_it_is(world):
    world.before = {cluster: world.snapshot(cluster) for cluster in PAIR}
    text = world.mesh("init", "--contexts", ",".join(PAIR)).stdout
    assert f"uid: {world.get('game-gke', 'namespace', 'kube-system')['metadata']['uid']}" in text.replace('"', "")
    assert "strategy: coredns" in text and "real top-level domain" in text
    world.file = world.write_mesh_file()


def test_plan_says_what_up_would_do_and_does_nothing(world):
    plan = world.document("plan", "-f", world.file, expect=1)
    changes = [action["change"] for action in plan["actions"]]
    assert "create" in changes and "run" in changes
    assert {cluster: world.snapshot(cluster) for cluster in PAIR} == world.before


def test_up_makes_a_mesh(world):
    result = world.document("up", "-f", world.file, "--yes")
    assert result["complete"], result
    answer = eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    assert (answer["app"], answer["cluster"]) == ("app1", "game-agones")
    # Both identities, as app1's own sidecar has seen them.
    assert "By=spiffe://cluster.local/ns/default/sa/app1" in answer["x-forwarded-client-cert"]
    assert "URI=spiffe://cluster.local/ns/default/sa/app2" in answer["x-forwarded-client-cert"]


def test_the_gateway_is_the_only_way(world):
    def address():
        pods = world.get("game-agones", "pods", "-l", "app=app1")["items"]
        return next(pod["status"]["podIP"] for pod in pods if "deletionTimestamp" not in pod["metadata"])

    eventually(lambda: world.call("game-agones/app1", f"http://{address()}:8000/"), "app1 answers in its own cluster")
    assert world.call("game-gke/app2", f"http://{address()}:8000/", seconds=2) is None


def test_both_istiods_sign_with_our_intermediates(world):
    roots = set()
    for cluster in PAIR:
        log = world.lab("logs", f"{cluster}/istio-system/istiod", expect=None).stdout or world.kubectl(cluster, "logs", "-n", "istio-system", "deploy/istiod")
        assert "Intermediate CA" in log
        roots.add(world.get(cluster, "configmap", "-n", "default", "istio-ca-root-cert")["data"]["root-cert.pem"])
    assert len(roots) == 1


def test_verify_is_green_and_istioctl_finds_no_error(world):
    report = world.document("verify", "-f", world.file)
    assert not [item for item in report["items"] if item["severity"] == "failure"]
    ids = {item["id"].split("/")[0] for item in report["items"]}
    assert {"certs", "istio", "dns", "serviceentry", "inject"} <= ids
    for cluster in PAIR:
        found = json.loads(world.inside("istioctl", "analyze", "--context", cluster, "-A", "-o", "json", expect=None).stdout or "[]")
        assert not [message for message in found if message["level"] == "Error"], found


def test_status_is_one_line_per_cluster(world):
    rows = {item["cluster"]: item for item in world.document("status", "-f", world.file)["items"]}
    assert set(rows) == set(PAIR)
    assert rows["game-gke"]["helm"]["istio"].startswith("1.31.0")


def test_a_second_up_writes_nothing_and_disturbs_nobody(world):
    with Caller(world, ALIAS) as caller:
        assert world.writes("up", "-f", world.file, "--yes") == []
    assert len(caller.answers) >= 20 and caller.failed == []


def test_every_concern_alone_has_nothing_to_do_either(world):
    for words in (("certs", "install"), ("helm", "install"), ("serviceentry", "sync"), ("dns", "install"), ("inject", "enable")):
        assert world.writes(*words, "-f", world.file, "--yes") == [], words


def test_init_on_the_mesh_finds_it_and_takes_nothing_away(world):
    again = world.folder / "again.yaml"
    text = world.mesh("init", "--contexts", ",".join(PAIR)).stdout
    assert "default/app1" in text and "version: 1.31.0" in text.replace('"', "")
    again.write_text(re.sub(r"(?m)^  charts: .*$", f"  charts: {world.where('LAB_CHARTS')}", text))
    assert world.writes("serviceentry", "sync", "-f", again, "--yes") == []


def test_verify_speaks_junit(world):
    suites = ElementTree.fromstring(world.mesh("verify", "-f", world.file, "-o", "junit").stdout)
    assert {suite.get("name") for suite in suites} >= set(PAIR)
    assert not suites.findall(".//failure") and not suites.findall(".//error")
    cases = suites.findall(".//testcase")
    assert len(cases) == sum(int(suite.get("tests")) for suite in suites) > 40


def test_new_intermediates_lose_no_call(world):
    with Caller(world, ALIAS) as caller:
        world.mesh("certs", "rotate", "--intermediate", "--contexts", ",".join(PAIR), "--yes")
    assert caller.failed == []


def test_down_leaves_the_clusters_as_they_were(world):
    world.mesh("down", "-f", world.file, "--yes", seconds=600)
    for cluster in PAIR:
        assert not world.get(cluster, "namespace", "istio-system"), "down waits for its end"
        eventually(lambda name=cluster: world.snapshot(name) == world.before[name], f"{cluster} as before", 30)
    assert world.call("game-gke/app2", ALIAS, seconds=2) is None
    assert world.call("game-agones/app1", "http://app1:8000/")
