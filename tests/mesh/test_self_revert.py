"""docs/concerns/dns.md, "What it changes": an edit of the cluster's DNS that is not proven to work is reverted, whatever stopped the proof. Each test
asks the cluster's DNS ten times a second meanwhile, and compares the ConfigMaps byte by byte afterwards.

MESH_KILLS is at how many requests between edit and proof a run is killed (`all`: at each), MESH_SEED at which ones."""

import json
import os
import random
import re
import signal

import pytest

from conftest import PAIR, Asker, Victim, eventually, started

SEED, KILLS = int(os.environ.get("MESH_SEED", "1")), os.environ.get("MESH_KILLS", "6")
ONE = ("-f", "mesh.yaml", "--context", "game-gke")
PATIENCE = ("--timeout", "40s")
SYSTEM = ("game-gke", "-n", "kube-system")


def prepared(world):
    """With a mesh file, and the images of all pods known, so that only the edit and its proof are under test."""
    (world.folder / "mesh.yaml").write_text(world.mesh("init", "--contexts", ",".join(PAIR), "--suffix", "mesh.internal").stdout)
    world.mesh("dns", "install", *ONE, "--yes")
    world.mesh("dns", "remove", *ONE, "--yes")
    return world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    for made in started(tmp_path_factory, "--dns", "coredns"):
        yield prepared(made)


def config(world, name="coredns") -> tuple:
    found = world.get(*SYSTEM[:1], "configmap", *SYSTEM[1:], name)
    return found.get("data"), found["metadata"].get("annotations"), found["metadata"].get("labels")


def replace_corefile(world, text):
    world.kubectl(*SYSTEM, "patch", "configmap", "coredns", "--type=merge", "-p", json.dumps({"data": {"Corefile": text}}))


def rolled_out(world):
    world.kubectl(*SYSTEM, "rollout", "status", "deployment/coredns", "--timeout=90s")


def install(world, *words, **more):
    return world.mesh("dns", "install", *ONE, *words, "--yes", **more)


class Steady:
    """Around a failing command: the cluster's DNS never fails, and its ConfigMap is what it was."""

    def __init__(self, world, name="coredns"):
        self.world, self.name = world, name

    def __enter__(self):
        self.before = config(self.world, self.name)
        self.asker = Asker(self.world).__enter__()
        return self

    def __exit__(self, kind, *rest):
        rolled_out(self.world)
        self.asker.__exit__(kind, *rest)
        if kind is None:
            assert len(self.asker.answers) > 15 and self.asker.failed == []
            assert config(self.world, self.name) == self.before


def test_coredns_refuses_the_new_corefile(world):
    """A zone that is an environment variable in the Corefile is known to CoreDNS alone: it refuses the file with the block."""
    world.kubectl(*SYSTEM, "set", "env", "deployment/coredns", "THEIR_ZONE=mesh.internal")
    rolled_out(world)
    before = config(world)[0]["Corefile"]
    replace_corefile(world, before + "{$THEIR_ZONE}:53 {\n    whoami\n}\n")
    with Steady(world):
        result = install(world, *PATIENCE, expect=None)
        assert result.returncode in (3, 6), result
        assert "reverted" in result.stdout + result.stderr
    replace_corefile(world, before)
    world.kubectl(*SYSTEM, "set", "env", "deployment/coredns", "THEIR_ZONE-")
    rolled_out(world)


def test_a_pod_with_the_label_of_dns_never_answers(world):
    """It is no endpoint of the Service, because it is never ready."""
    container = world.get("game-gke", "deployment", "app2")["spec"]["template"]["spec"]["containers"][0]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "silent", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
           "spec": {"containers": [{**container, "readinessProbe": {"httpGet": {"port": 1}}}]}}
    world.apply("game-gke", json.dumps(pod))
    try:
        with Steady(world):
            result = install(world, *PATIENCE, expect=None)
            assert result.returncode in (3, 6) and "silent" in result.stdout + result.stderr, result
    finally:
        world.kubectl(*SYSTEM, "delete", "pod", "silent", "--grace-period=1")


def await_request(victim, pattern):
    """Reads the log of a run until it has a request that matches."""
    said = []
    for line in victim.log:
        said.append(line)
        if re.search(pattern, line):
            return
    raise AssertionError(f"no request {pattern} in\n" + "".join(said))


def start(world, *words):
    return Victim(world, "dns", "install", *ONE, *words, "--yes", "-v", "6")


EDIT = r"PATCH https://\S*/configmaps/coredns\b"
# The Lease of the run is taken, renewed and given back at moments of its own.
REQUEST = r"\b(GET|POST|PUT|PATCH|DELETE) https://(?!\S*/leases)"


def allow(world, role, resources):
    """The user `operator` may do anything with these resources."""
    group = "rbac.authorization.k8s.io"
    world.given(json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": role},
         "rules": [{"apiGroups": ["*"], "resources": resources, "verbs": ["*"]}]},
        {"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": role},
         "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role}, "subjects": [{"kind": "User", "name": "operator"}]}]}),
        "kubectl", "--context", "game-gke", "apply", "-f", "-")


def test_port_forward_is_forbidden_halfway(world):
    kinds = world.kubectl("game-gke", "api-resources", "-o", "name").split()
    asked_before_they_are_known = ["serviceentries", "dnses"]
    allow(world, "all-but-forward", [*(name.partition(".")[0] for name in kinds), *asked_before_they_are_known])
    allow(world, "forward", ["pods/portforward"])
    with Steady(world):
        victim = start(world, "--as", "operator", *PATIENCE)
        await_request(victim, EDIT)
        # On a busy machine the proof would come before kubectl.
        victim.hold()
        world.kubectl("game-gke", "delete", "clusterrolebinding", "forward")
        victim.go_on()
        rest = victim.log.read()
        assert victim.wait(120) in (3, 5, 6), rest
        assert "reverted" in rest, rest


def between_edit_and_end(world) -> list:
    """The requests at which a run is killed, counted from its edit on: the first, the last, and some between."""
    whole = start(world)
    lines = [line for line in whole.log if re.search(REQUEST, line)]
    assert whole.wait(120) == 0
    # By then it is proven: what the phase has written is read again.
    assert re.search(r"GET https://\S*/configmaps/coredns\b", lines.pop())
    world.mesh("dns", "remove", *ONE, "--yes")
    first = next(at for at, line in enumerate(lines) if re.search(EDIT, line))
    count = len(lines) - first
    drawn = range(count) if KILLS == "all" else random.Random(SEED).sample(range(count), min(int(KILLS), count))
    return sorted({0, count - 1, *drawn})


def test_the_run_is_killed_at_each_request_between_edit_and_proof(world):
    before = config(world)
    wrong = {}
    with Asker(world) as asker:
        for at in between_edit_and_end(world):
            victim = start(world)
            seen = None
            for line in victim.log:
                if seen is None and re.search(EDIT, line):
                    seen = 0
                elif seen is not None and re.search(REQUEST, line):
                    seen += 1
                if seen == at:
                    victim.end()
                    break
            victim.log.close()
            killed = victim.wait() != 0
            # A run that only shows its plan says what is left, and writes nothing.
            edited = config(world)
            shown = world.mesh("dns", "remove", *ONE, "--dry-run=client", expect=None)
            assert config(world) == edited
            # Any changing verb reverts it first, here one that would not touch it itself.
            result = world.mesh("serviceentry", "export", "--service", "default/app2", "--from", "game-gke", "--context", "game-gke", "--yes", expect=None)
            said = result.stdout + result.stderr
            if killed and config(world) != before:
                wrong[at] = said
            if killed and edited != before and not ("killed before" in said and "killed before" in shown.stdout + shown.stderr):
                wrong[at] = f"not told: {said}"
            world.mesh("dns", "remove", *ONE, "--yes", expect=None)
    assert asker.failed == []
    assert not wrong, wrong
    assert config(world) == before


def test_an_interrupt_reverts(world):
    with Steady(world):
        victim = start(world)
        await_request(victim, EDIT)
        victim.end(signal.SIGINT)
        rest = victim.log.read()
        status = victim.wait()
    assert status == 130 and "reverted" in rest, (status, rest)


def test_an_edit_in_between_stays_and_only_our_block_goes(world):
    before = config(world)[0]["Corefile"]
    theirs = before.replace("    errors\n", "    errors\n    log\n")
    victim = start(world)
    await_request(victim, EDIT)
    victim.end()
    victim.wait()
    now = config(world)[0]["Corefile"]
    assert now != before
    replace_corefile(world, now.replace("    errors\n", "    errors\n    log\n"))
    install(world)
    world.mesh("dns", "remove", *ONE, "--yes")
    assert config(world)[0]["Corefile"] == theirs
    replace_corefile(world, before)


def test_the_rollout_between_edit_and_proof_fails(world):
    """Without the plugin `reload` CoreDNS has to be restarted, and here its image is gone by then."""
    whole = config(world)[0]["Corefile"]
    replace_corefile(world, re.sub(r"\n *reload[^\n]*", "", whole))
    world.kubectl(*SYSTEM, "rollout", "restart", "deployment/coredns")
    rolled_out(world)
    deployment = world.get("game-gke", "deployment", "-n", "kube-system", "coredns")
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    world.kubectl(*SYSTEM, "patch", "deployment", "coredns", "--type=merge", "-p", json.dumps({"spec": {"paused": True}}))
    world.kubectl(*SYSTEM, "set", "image", "deployment/coredns", "coredns=lab/coredns:no-such-tag")
    world.kubectl(*SYSTEM, "patch", "deployment", "coredns", "--type=merge", "-p", json.dumps({"spec": {"paused": False}}))
    before = config(world)
    with Asker(world) as asker:
        result = install(world, *PATIENCE, expect=None)
        assert result.returncode in (3, 6), result
        assert config(world) == before
        world.kubectl(*SYSTEM, "set", "image", "deployment/coredns", f"coredns={image}")
        rolled_out(world)
    assert asker.failed == []
    replace_corefile(world, whole)
    world.kubectl(*SYSTEM, "rollout", "restart", "deployment/coredns")
    rolled_out(world)


class TestCustom:
    """On AKS and k3s: a broken key of somebody else in coredns-custom, which shows only when CoreDNS starts."""

    @pytest.fixture(scope="class")
    def world(self, tmp_path_factory):
        for made in started(tmp_path_factory, "--dns", "coredns-custom"):
            yield prepared(made)

    def test_a_broken_neighbor_key(self, world):
        corefile = config(world)[0]["Corefile"]
        world.kubectl(*SYSTEM, "patch", "configmap", "coredns", "--type=merge", "-p",
                      json.dumps({"data": {"Corefile": re.sub(r"\n *reload[^\n]*", "", corefile)}}))
        world.kubectl(*SYSTEM, "rollout", "restart", "deployment/coredns")
        rolled_out(world)
        world.kubectl(*SYSTEM, "patch", "configmap", "coredns-custom", "--type=merge", "-p", json.dumps({"data": {"theirs.server": "broken:53 {\n    no-such-plugin\n}\n"}}))
        before = config(world, "coredns-custom")
        with Asker(world) as asker:
            result = install(world, *PATIENCE, expect=None)
            assert result.returncode in (3, 4, 6), result
            assert config(world, "coredns-custom") == before
            eventually(lambda: "successfully rolled out" in world.kubectl(*SYSTEM, "rollout", "status", "deployment/coredns", "--timeout=60s"), "the old pods serve")
        assert asker.failed == []
