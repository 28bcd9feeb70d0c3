"""What goes wrong while a mesh is made: helm missing, failing, hanging, lying, killed; a namespace on its way out; somebody else's Istio;
no address from the load balancer. Each has one clear error and its exit status, and the same command goes on afterwards."""

import os
import random
import subprocess
import time

import pytest

from conftest import ALIAS, PAIR, Victim, eventually

ONE = ("--context", "game-gke")
SEED = int(os.environ.get("MESH_SEED", "1"))
PENDING = '\n  values: {gateway: {service: {annotations: {"lab/load-balancer": pending}}}}'


def fake_helm(world, name, text):
    path = world.folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def errors(result) -> list:
    return [line for line in result.stderr.splitlines() if line.lower().startswith("error")]


def install(world, *words, expect, seconds=300):
    return world.mesh("helm", "install", "-f", world.file, *words, "--yes", expect=expect, seconds=seconds)


def releases(world, cluster) -> list:
    return sorted(name for name in world.versions(cluster, "secrets", "-A", "-l", "owner=helm"))


def test_the_start(world):
    world.file = world.write_mesh_file()
    world.before = {cluster: world.snapshot(cluster) for cluster in PAIR}


def test_helm_is_missing_and_nothing_is_written(world):
    try:
        result = install(world, "--helm", "/nowhere/helm", expect=None)
        assert len(errors(result)) == 1 and "/nowhere/helm" in errors(result)[0]
        up = world.mesh("up", "-f", world.edit("missing.yaml", ("\nhelm:", "\nhelm:\n  binary: /nowhere/helm")), "--yes", expect=None)
        assert "/nowhere/helm" in up.stderr
        assert (result.returncode, up.returncode) in ((1, 1), (2, 2))
        assert {cluster: world.snapshot(cluster) for cluster in PAIR} == world.before
    finally:
        for cluster in PAIR:
            world.kubectl(cluster, "delete", "namespace", "istio-system", "--ignore-not-found")


def test_an_istio_that_does_not_know_this_kubernetes_is_refused(world):
    result = install(world, "--version", "1.25.0", expect=4)
    assert "Istio 1.25 on Kubernetes 1.36" in result.stderr and "take Istio 1.31" in result.stderr
    assert {cluster: world.snapshot(cluster) for cluster in PAIR} == world.before


def test_helm_fails_and_its_own_words_are_shown(world):
    helm = fake_helm(world, "fails", 'case $1 in version) exec helm "$@";; esac\necho "Error: the chart is no chart" >&2\nexit 1\n')
    result = install(world, *ONE, "--helm", helm, expect=3)
    assert "the chart is no chart" in result.stderr
    assert releases(world, "game-gke") == []


def test_helm_hangs_and_is_ended(world):
    helm = fake_helm(world, "hangs", f'echo $$ >> {world.folder}/pids\nsleep 300 & echo $! >> {world.folder}/pids\nwait\n')
    try:
        result = install(world, *ONE, "--helm", helm, "--timeout", "5s", expect=None, seconds=40)
        assert result.returncode in (3, 6) and "did not end within 5 s" in result.stderr, result
    finally:
        left = world.inside("sh", "-c", f"kill $(cat {world.folder}/pids) 2>&1 && echo alive", expect=None).stdout
    assert "alive" not in left


def test_helm_says_it_went_well_and_did_nothing(world):
    helm = fake_helm(world, "lies", "cat > /dev/null\nexit 0\n")
    result = install(world, *ONE, "--helm", helm, "--timeout", "8s", expect=None, seconds=60)
    assert result.returncode in (3, 6), result
    assert "CustomResourceDefinition" in result.stdout + result.stderr


def test_a_namespace_on_its_way_out_is_waited_out(world):
    world.kubectl("game-gke", "patch", "namespace", "istio-system", "--type=merge", "-p", '{"metadata": {"finalizers": ["example.com/held"]}}')
    world.kubectl("game-gke", "delete", "namespace", "istio-system", "--wait=false")
    for words in (("up", "-f", world.file, "--yes"), ("helm", "install", "-f", world.file, "--yes"), ("certs", "install", "-f", world.file, "--yes")):
        result = world.mesh(*words, expect=4)
        assert "being deleted" in result.stderr or "Terminating" in result.stderr, result
        assert not world.get("game-agones", "namespace", "istio-system"), words
    world.kubectl("game-gke", "patch", "namespace", "istio-system", "--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    eventually(lambda: not world.get("game-gke", "namespace", "istio-system"), "it is gone")


def test_somebody_elses_istio_is_left_to_him(world):
    world.kubectl("game-gke", "create", "namespace", "istio-system")
    world.inside("sh", "-c", 'helm --kube-context game-gke install istio-base "$LAB_CHARTS/base" -n istio-system')
    before = world.versions("game-gke", "secrets,namespaces", "-A")
    result = world.mesh("up", "-f", world.file, "--yes", expect=4)
    assert "istio-base" in result.stderr and "somebody else" in result.stderr and "--adopt" in result.stderr
    assert world.versions("game-gke", "secrets,namespaces", "-A") == before and not world.get("game-agones", "namespace", "istio-system")
    world.inside("helm", "--kube-context", "game-gke", "uninstall", "istio-base", "-n", "istio-system")
    world.inside("sh", "-c", "kubectl --context game-gke delete $(kubectl --context game-gke get crds -o name | grep istio.io)")
    world.kubectl("game-gke", "delete", "namespace", "istio-system")  # his, too: `down` would leave it


def test_the_driver_render_installs_and_uninstalls(world):
    install(world, *ONE, "--driver", "render", expect=0)
    assert releases(world, "game-gke") == []
    assert world.get("game-gke", "deployment", "-n", "istio-system", "istiod")["status"]["readyReplicas"] == 1
    assert world.writes("helm", "install", "-f", world.file, *ONE, "--driver", "render", "--yes") == []
    world.mesh("helm", "uninstall", "-f", world.file, *ONE, "--driver", "render", "--yes")
    assert not world.get("game-gke", "deployments,services", "-n", "istio-system").get("items")
    assert not [name for name in world.versions("game-gke", "crds") if "istio.io" in name]


def test_up_is_killed_at_any_moment_and_run_again(world):
    """With helm 3, and a load balancer of which no address comes: everything else is done."""
    world.file = world.edit("pending.yaml", ("\nhelm:", f"\nhelm:\n  binary: {world.where('LAB_HELM3')}{PENDING}"), ("\nserviceentry:", "\nserviceentry:\n  wait: 1s"))
    chance = random.Random(SEED)
    for _ in range(3):
        victim = Victim(world, "up", "-f", world.file, "--yes", log=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.5, 12))
        victim.end()
        victim.wait()

    def goes_on():
        world.last = world.mesh("up", "-f", world.file, "--yes", expect=None)
        return world.last.returncode != 4

    # What a killed helm has left is refused until it is surely dead, with the way out.
    if not goes_on():
        assert "--heal" in world.last.stderr, world.last
        install(world, "--heal", "--helm", world.where("LAB_HELM3"), expect=None)
        assert goes_on(), world.last
    assert world.last.returncode == 3, world.last


def test_without_an_address_everything_else_is_done(world):
    result = world.mesh("up", "-f", world.file, "--yes", expect=3)
    assert "app1.default.global" in result.stdout + result.stderr and "pending" in result.stdout + result.stderr
    for cluster in PAIR:
        assert world.get(cluster, "deployment", "-n", "istio-system", "istiod")["status"]["readyReplicas"] == 1
        assert world.get(cluster, "namespace", "default")["metadata"]["labels"].get("istio-injection") == "enabled"
        assert world.get(cluster, "deployment", "-n", "istio-system", "kubectl-mesh-dns")
    assert ("istio/gateway-address", "game-agones") in world.failures()


def test_the_address_comes_and_the_same_command_finishes(world):
    for cluster in PAIR:
        world.kubectl(cluster, "-n", "istio-system", "annotate", "service", "istio-eastwestgateway", "lab/load-balancer-")
    world.mesh("up", "-f", world.file, "--yes")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    assert world.failures() == set()
    assert world.writes("up", "-f", world.file, "--yes") == []


def test_helm_is_not_started_for_what_is_as_wanted(world):
    """docs/concerns/helm.md, "Running it again": "If it is the same, helm is not started"."""
    helm = fake_helm(world, "counted", f'echo "$@" >> {world.folder}/starts\nexec {world.where("LAB_HELM3")} "$@"\n')
    install(world, "--helm", helm, expect=0)
    starts = world.folder / "starts"
    assert [line for line in (starts.read_text() if starts.exists() else "").splitlines() if not line.startswith("version")] == []


def test_down_by_helm_3(world):
    world.mesh("down", "-f", world.file, "--yes", seconds=600)
    for cluster in PAIR:
        eventually(lambda name=cluster: not world.get(name, "namespace", "istio-system"), "the namespace is gone", 90)
        eventually(lambda name=cluster: world.snapshot(name) == world.before[name], f"{cluster} as before", 30)
