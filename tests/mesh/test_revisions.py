"""A second revision of istiod next to ours: it is installed, upgraded and made the default one, the first one goes, and calls go on."""

import json

import yaml

from conftest import ALIAS, PAIR, Caller, eventually

CANARY = ("--revision", "canary")
GATEWAY = "istio-eastwestgateway"


def releases(world, cluster) -> dict:
    """The revision of each release, as helm counts them."""
    listed = json.loads(world.inside("helm", "--kube-context", cluster, "list", "-n", "istio-system", "-o", "json").stdout)
    return {item["name"]: item["revision"] for item in listed}


def uids(world, cluster) -> dict:
    return {item["metadata"]["name"]: item["metadata"]["generation"] for item in world.get(cluster, "deployments", "-n", "istio-system")["items"]}


def follows(world, cluster) -> str:
    """The revision that configures the gateway, as its running pods have it."""
    pods = world.get(cluster, "pods", "-n", "istio-system", "-l", f"app={GATEWAY}")["items"]
    return ",".join(sorted({pod["metadata"]["labels"].get("istio.io/rev", "default") for pod in pods if "deletionTimestamp" not in pod["metadata"]}))


def answered(world) -> bool:
    return world.call("game-gke/app2", ALIAS) is not None


def test_the_mesh_of_the_default_revision(world):
    world.before = {cluster: world.snapshot(cluster) for cluster in PAIR}
    world.file = world.write_mesh_file()
    world.document("up", "-f", world.file, "--yes")
    eventually(lambda: answered(world), "app1 answers app2")
    eventually(lambda: world.failures() == set(), "every check passes")


def test_what_helm_would_not_take_over_is_refused_before_the_first_write_and_adopted(world):
    """docs/existing-meshes.md, "What is left of an earlier Istio": a ClusterRole, and a webhook that nobody answers."""
    role = "istiod-clusterrole-canary-istio-system"
    world.kubectl("game-gke", "create", "clusterrole", role, "--verb=get", "--resource=pods")
    before = {cluster: (releases(world, cluster), uids(world, cluster)) for cluster in PAIR}
    refused = world.mesh("helm", "install", *CANARY, "-f", world.file, "--yes", expect=4).stderr
    assert f"ClusterRole {role} is there already" in refused and "--adopt" in refused, refused
    webhook = "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: orphan, labels: {app: sidecar-injector}}, " \
              "webhooks: [{name: a.example.com, sideEffects: None, admissionReviewVersions: [v1], objectSelector: {matchLabels: {never: there}}, " \
              "clientConfig: {service: {name: istiod-gone, namespace: istio-system}}}]}"
    world.apply("game-agones", webhook)
    refused = world.mesh("helm", "install", *CANARY, "-f", world.file, "--adopt", "--yes", expect=4).stderr
    assert "MutatingWebhookConfiguration orphan calls Service istio-system/istiod-gone" in refused, refused
    assert {cluster: (releases(world, cluster), uids(world, cluster)) for cluster in PAIR} == before
    world.kubectl("game-agones", "delete", "mutatingwebhookconfiguration", "orphan")
    world.mesh("helm", "install", *CANARY, "-f", world.file, "--adopt", "--yes")
    adopted = world.get("game-gke", "clusterrole", role)
    assert adopted["metadata"]["annotations"]["meta.helm.sh/release-name"] == "istiod-canary"
    assert any("istio.io" in group for rule in adopted["rules"] for group in rule["apiGroups"])
    world.mesh("helm", "uninstall", *CANARY, "-f", world.file, "--yes")
    assert {cluster: releases(world, cluster) for cluster in PAIR} == {cluster: had for cluster, (had, _) in before.items()}


def test_a_revision_is_installed_next_to_ours_and_touches_nothing_else(world):
    before = {cluster: (releases(world, cluster), uids(world, cluster)) for cluster in PAIR}
    with Caller(world, ALIAS) as caller:
        result = world.mesh("helm", "install", *CANARY, "-f", world.file, "--yes")
    assert "not by Helm" not in result.stderr
    assert not caller.failed, caller.failed
    for cluster in PAIR:
        had, deployments = before[cluster]
        assert releases(world, cluster) == {**had, "istiod-canary": "1"}
        now = uids(world, cluster)
        assert {name: now[name] for name in deployments} == deployments
        assert world.get(cluster, "deployment", "-n", "istio-system", "istiod-canary")["status"]["availableReplicas"] == 1
    assert world.writes("helm", "install", *CANARY, "-f", world.file, "--yes") == []
    eventually(lambda: world.failures() == set(), "every check passes")


def test_checks_judge_the_revision_that_the_file_selects(world):
    world.canary = world.edit("canary.yaml", ("\nhelm:", "\nhelm:\n  revision: canary"))
    eventually(lambda: world.failures(file=world.canary) == set(), "every check passes")
    world.kubectl("game-gke", "scale", "deployment", "-n", "istio-system", "istiod-canary", "--replicas=0")
    try:
        eventually(lambda: world.failures(file=world.canary) == {("istio/istiod-ready", "game-gke")}, "the canary is judged", 30)
        eventually(lambda: world.failures() == set(), "every check passes")
    finally:
        world.kubectl("game-gke", "scale", "deployment", "-n", "istio-system", "istiod-canary", "--replicas=1")
        world.kubectl("game-gke", "rollout", "status", "deployment", "-n", "istio-system", "istiod-canary", "--timeout=90s")
    shown = world.document("status", "-f", world.canary)["items"]
    assert all("default 1.31.0" in item["helm"]["istio"] for item in shown), shown
    listed = {item["name"] for item in world.document("helm", "status", "-f", world.canary)["items"]}
    assert listed == {"istio-base", "istiod", "istiod-canary", GATEWAY}
    assert world.document("helm", "diff", "-f", world.canary, expect=0)["items"] == []


def test_one_revision_is_upgraded_alone(world):
    values = world.folder / "more.yaml"
    values.write_text("meshConfig: {accessLogFile: /dev/stdout}\n")
    before = {cluster: releases(world, cluster) for cluster in PAIR}
    world.mesh("helm", "upgrade", "-f", world.canary, "--values-file", values, "--yes")
    for cluster in PAIR:
        assert releases(world, cluster) == {**before[cluster], "istiod-canary": "2"}
        assert "accessLogFile" in world.get(cluster, "configmap", "-n", "istio-system", "istio-canary")["data"]["mesh"]
        assert "accessLogFile" not in world.get(cluster, "configmap", "-n", "istio-system", "istio")["data"]["mesh"]
    world.mesh("helm", "upgrade", "-f", world.canary, "--yes")


def test_a_revision_that_base_and_gateway_follow_cannot_go_while_the_other_stays(world):
    versions = {cluster: world.versions(cluster, "deployments,secrets", "-n", "istio-system") for cluster in PAIR}
    refused = world.mesh("helm", "uninstall", "-f", world.file, "--yes", expect=4)
    assert GATEWAY in refused.stderr and "--default-revision canary" in refused.stderr
    assert {cluster: world.versions(cluster, "deployments,secrets", "-n", "istio-system") for cluster in PAIR} == versions
    assert {follows(world, cluster) for cluster in PAIR} == {"default"}


def test_the_other_revision_becomes_the_default_one(world):
    world.canary = world.edit("canary.yaml", ("\nhelm:", "\nhelm:\n  revision: canary\n  default-revision: canary"), ("\ninject:", "\ninject:\n  revision: canary"))
    world.mesh("up", "-f", world.canary, "--yes", seconds=600)
    for cluster in PAIR:
        eventually(lambda name=cluster: follows(world, name) == "canary", "the gateway follows the canary", 60)
        validator = world.get(cluster, "validatingwebhookconfiguration", "istiod-default-validator")
        assert validator["webhooks"][0]["clientConfig"]["service"]["name"] == "istiod-canary"
    eventually(lambda: answered(world), "app1 answers through the new gateway")
    # The workloads have moved, too: nothing asks the first istiod any more.
    for cluster in PAIR:
        pods = world.get(cluster, "pods", "-n", "default")["items"]
        assert {pod["metadata"]["annotations"].get("istio.io/rev") for pod in pods if "deletionTimestamp" not in pod["metadata"]} == {"canary"}
    eventually(lambda: world.failures(file=world.canary) == set(), "every check passes")


def test_the_first_revision_goes_and_the_other_one_works(world):
    with Caller(world, ALIAS) as caller:
        world.mesh("helm", "uninstall", "-f", world.file, "--yes")
    assert not caller.failed, caller.failed
    for cluster in PAIR:
        assert set(releases(world, cluster)) == {"istio-base", "istiod-canary", GATEWAY}
        # Istio's objects are validated, by the one that is there.
        wrong = "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: wrong}, spec: {servers: [{port: {number: 80, name: http, protocol: NONSENSE}, hosts: ['*']}]}}"
        told = world.given(wrong, "kubectl", "--context", cluster, "apply", "-f", "-", expect=None)
        assert told.returncode and "denied the request" in told.stderr, told
    # A workload that starts now is injected and configured by it.
    world.kubectl("game-gke", "rollout", "restart", "deployment/app2")
    world.kubectl("game-gke", "rollout", "status", "deployment/app2", "--timeout=90s")
    eventually(lambda: answered(world), "a new pod calls")
    eventually(lambda: world.failures(file=world.canary) == set(), "every check passes")
    assert world.writes("up", "-f", world.canary, "--yes") == []


def test_init_writes_the_revision_and_plan_takes_it(world):
    written = yaml.safe_load(world.mesh("init", "--contexts", ",".join(PAIR)).stdout)
    assert written["helm"]["revision"] == "canary" and written["inject"]["revision"] == "canary" and "skip" not in written
    theirs = yaml.safe_load(world.canary.read_text())["helm"]
    written["helm"] = {**written["helm"], "charts": theirs["charts"], "valueFiles": theirs["valueFiles"]}
    written["helm"].pop("version")
    path = world.folder / "found.yaml"
    path.write_text(yaml.safe_dump(written))
    world.mesh("plan", "-f", path, expect=0)


def test_down_takes_every_revision_of_ours_and_leaves_the_clusters_as_they_were(world):
    world.mesh("helm", "install", "-f", world.file, "--yes")
    assert set(releases(world, "game-gke")) == {"istio-base", "istiod", "istiod-canary", GATEWAY}
    world.mesh("down", "-f", world.canary, "--yes", seconds=600)
    for cluster in PAIR:
        assert releases(world, cluster) == {}
        eventually(lambda name=cluster: set(world.snapshot(name)) == set(world.before[name]), f"{cluster} holds what it held", 60)
        assert world.snapshot(cluster) == world.before[cluster]
