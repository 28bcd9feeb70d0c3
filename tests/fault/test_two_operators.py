"""Two operators at once, two machines, wrong clocks: at most one of them is right, and the other one knows."""

import datetime
import json
import os
import signal
import time

import pytest

import faults
from world import World, finish, wait_until

LEASE = ("default", "leases", "kubectl-mesh")
SET = ("istio-system", "secrets", "cacerts")


class Operator:
    """Somebody at a machine of his own, with a home of his own, at the same clusters."""

    def __init__(self, world, name):
        self.world, self.home = world, world.folder / name
        self.home.mkdir(mode=0o700)

    def start(self, *words):
        self.world.extra_env["HOME"] = str(self.home)
        try:
            return self.world.start("certs", "install", "--contexts", self.world.contexts, "--yes", *words)
        finally:
            del self.world.extra_env["HOME"]

    def install(self, *words):
        return finish(self.start(*words))


@pytest.fixture()
def alice(world):
    return Operator(world, "alice")


@pytest.fixture()
def bob(world):
    return Operator(world, "bob")


def lease_of(cluster):
    return cluster.kube.get(*LEASE)


def roots(world):
    return {cluster.kube.get(*SET) and cluster.kube.secret("root-cert.pem") for cluster in world.clusters.values()}


def stamp(seconds):
    moment = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def put_lease(cluster, renewed, seconds=30, **annotations):
    """A run of carol's on a machine that is not this one."""
    notes = {"kubectl-mesh.dev/run": "20261201-090000-000-ca01", "kubectl-mesh.dev/command": "kubectl mesh up", **annotations}
    spec = {"holderIdentity": "carol@desk", "leaseDurationSeconds": seconds, "acquireTime": stamp(renewed - 60), "renewTime": stamp(renewed)}
    cluster.kube.create("default", "leases", "kubectl-mesh", {"metadata": {"annotations": notes}, "spec": spec})


def slow_secret(world, seconds=3):
    for cluster in world.clusters.values():
        cluster.script("PATCH", "*/cacerts", faults.slow(seconds), nth=1)


def test_a_lease_in_each_cluster_names_run_operator_host_and_start(world, alice):
    slow_secret(world, 1)
    process = alice.start()
    wait_until(lambda: all(lease_of(cluster) for cluster in world.clusters.values()))
    for cluster in world.clusters.values():
        lease = lease_of(cluster)
        notes, spec = lease["metadata"]["annotations"], lease["spec"]
        assert spec["holderIdentity"].endswith("@" + os.uname().nodename) and spec["leaseDurationSeconds"] == 30
        assert "kubectl mesh certs install --contexts=a,b" in notes["kubectl-mesh.dev/command"]
        assert abs(datetime.datetime.strptime(spec["acquireTime"], "%Y-%m-%dT%H:%M:%S.%fZ") - datetime.datetime.utcnow()).total_seconds() < 60
        run = notes["kubectl-mesh.dev/run"]
    done = finish(process)
    assert done.code == 0 and run in done.out, done.said
    assert not any(lease_of(cluster) for cluster in world.clusters.values()), "it is given back"


@pytest.mark.parametrize("words", [["--dry-run=client"], ["--dry-run=server"], ["--diff"]])
def test_who_only_looks_takes_no_lease(world, words):
    put_lease(world["b"], renewed=0)
    looked = world.install(*words)
    assert looked.code in (0, 1), looked.said
    assert not any("/leases" in request.path for cluster in world.clusters.values() for request in cluster.server.requests)


def test_a_second_run_is_refused_and_told_who_and_since_when(world, alice, bob):
    slow_secret(world)
    first = alice.start()
    wait_until(lambda: all(lease_of(cluster) for cluster in world.clusters.values()))
    lease = lease_of(world["a"])
    second = bob.install()
    assert second.code == 4, second.said
    for part in (lease["spec"]["holderIdentity"], lease["spec"]["acquireTime"][:19], lease["metadata"]["annotations"]["kubectl-mesh.dev/run"], "--lock-timeout"):
        assert part in second.err
    assert finish(first).code == 0 and len(roots(world)) == 1
    assert not list(bob.home.rglob("root*.pem")), "nothing of the second run stays"
    assert not any(lease_of(cluster) for cluster in world.clusters.values())


@pytest.mark.parametrize("held", ["a", "b"])
def test_who_does_not_get_all_leases_keeps_none_and_writes_nothing(world, held):
    put_lease(world[held], renewed=0)
    refused = world.install()
    assert refused.code == 4 and f"{held}: carol@desk" in refused.err and "kubectl mesh up" in refused.err, refused.said
    assert world.writes() == [] and {name for name in "ab" if lease_of(world[name])} == {held}
    assert not world.journals


def test_who_waits_plans_again_and_finds_the_others_root(world, alice, bob):
    slow_secret(world, 2)
    first = alice.start()
    wait_until(lambda: all(lease_of(cluster) for cluster in world.clusters.values()))
    second = bob.install("--lock-timeout", "60s")
    assert finish(first).code == 0
    assert second.code == 4 and "root" in second.err, second.said
    assert len(roots(world)) == 1 and None not in roots(world)


def test_who_waits_for_a_run_with_the_same_root_has_nothing_left_to_do(world, alice):
    slow_secret(world, 2)
    first = alice.start()
    wait_until(lambda: all(lease_of(cluster) for cluster in world.clusters.values()))
    before = len(world.writes())
    second = alice.install("--lock-timeout", "60s")
    assert finish(first).code == 0 and second.code == 0, second.said
    assert len(roots(world)) == 1 and before <= len(world.writes()) <= 4


def test_waiting_ends_with_the_lock_timeout(world):
    put_lease(world["a"], renewed=3600)
    begun = time.monotonic()
    refused = world.install("--lock-timeout", "2s")
    assert refused.code == 4 and "carol@desk" in refused.err and time.monotonic() - begun >= 2, refused.said


def test_an_interrupt_ends_the_wait(world):
    put_lease(world["a"], renewed=3600)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes", "--lock-timeout", "10m")
    wait_until(lambda: any(request.method == "POST" and "/leases" in request.path for request in world["a"].server.requests))
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.code == 130 and world.writes() == [], ended.said


@pytest.mark.parametrize("renewed, duration, taken", [(-32, 30, True), (-25, 30, False), (-100, 300, False), (-400, 300, True)])
def test_a_dead_holders_lease_runs_out_by_its_own_duration(world, renewed, duration, taken):
    put_lease(world["a"], renewed, duration)
    assert world.install().code == (0 if taken else 4)


@pytest.mark.parametrize("clock", [-200, 200])
def test_a_lease_runs_out_by_the_servers_clock(world, clock):
    """What the clock of this machine says is nothing to the others."""
    for cluster in world.clusters.values():
        cluster.server.clock = clock
    put_lease(world["a"], renewed=clock)
    assert world.install().code == 4
    world["a"].kube.objects.pop(LEASE)
    put_lease(world["a"], renewed=clock - 40)
    assert world.install().code == 0


@pytest.mark.parametrize("spec", [{}, {"holderIdentity": ""}, {"holderIdentity": "x"}, {"holderIdentity": "x", "renewTime": "soon", "leaseDurationSeconds": "long"}])
def test_a_lease_that_says_nothing_is_free(world, spec):
    world["a"].kube.create("default", "leases", "kubectl-mesh", {"spec": spec})
    assert world.install().code == 0


def test_a_run_that_was_killed_on_this_machine_is_not_waited_for(world):
    slow_secret(world, 30)
    killed = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: len(world.writes()) >= 3)
    killed.kill()
    killed.communicate()
    assert lease_of(world["a"]) and lease_of(world["b"])
    world["a"].server.rules.clear()
    world["b"].server.rules.clear()
    again = world.install()
    assert again.code == 0 and not lease_of(world["a"]), again.said


def test_the_lease_is_given_back_after_a_failure_and_an_interrupt(world):
    world["a"].script("PATCH", "*/cacerts", faults.api_status(422, "no", "Invalid"), nth=1)
    assert world.install().code == 3
    assert not lease_of(world["a"]) and not lease_of(world["b"])
    slow_secret(world, 30)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: lease_of(world["a"]) and lease_of(world["b"]))
    process.send_signal(signal.SIGINT)
    finish(process)
    assert not lease_of(world["a"]) and not lease_of(world["b"])


def test_a_run_whose_lease_was_taken_over_writes_nothing_more(world):
    """It was stopped for longer than its lease lived, and carol went on."""
    world["a"].script("PATCH", "*/namespaces/istio-system", faults.slow(14), nth=1)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: lease_of(world["a"]) and lease_of(world["b"]))
    world["a"].kube.objects.pop(LEASE)
    put_lease(world["a"], renewed=0)
    ended = finish(process)
    assert ended.code == 3 and "a: carol@desk" in ended.err, ended.said
    assert not world["a"].kube.get(*SET) and lease_of(world["a"])["spec"]["holderIdentity"] == "carol@desk"


def test_two_at_once_never_end_with_two_roots(world, alice, bob):
    """With crossed latency: each is slow where the other is fast."""
    for _ in range(6):
        ends = [finish(process) for process in (alice.start(), bob.start())]
        assert sorted(end.code for end in ends) in ([0, 4], [4, 4]), [end.said for end in ends]
        assert len(roots(world)) == 1
        for cluster in world.clusters.values():
            cluster.kube.objects.pop(SET, None)
            cluster.kube.objects.pop(("", "namespaces", "istio-system"), None)
        for operator in (alice, bob):
            for root in operator.home.rglob("store"):
                os.rename(root, root.with_name(f"store-{time.monotonic_ns()}"))


# ---- without a lease, as somebody may have no right to one


@pytest.fixture()
def open_world(world):
    for cluster in world.clusters.values():
        cluster.kube.forbidden.add(("create", "leases"))
    return world


def of_another_run(world, name, alice):
    """A set under alice's root, as her run wrote it."""
    if not hasattr(alice, "set"):
        lone = World(world.folder / "elsewhere", world.pki, names=("a",))
        (world.folder / "elsewhere").mkdir()
        assert lone.install().code == 0
        alice.set = {key: lone["a"].kube.get(*SET)[key] for key in ("data", "type")}
        lone.close()
    if not world[name].kube.get("", "namespaces", "istio-system"):
        world[name].kube.create("", "namespaces", "istio-system", {})
    there = world[name].kube.get(*SET) or {"metadata": {}}
    same = {key: there["metadata"][key] for key in ("uid", "creationTimestamp") if key in there["metadata"]}
    world[name].kube.create(*SET, {**alice.set, "metadata": same}, manager="kubectl-mesh")


def once(happens, world, name, method, path):
    """Calls `happens` just before the first such request is carried out."""
    state = {"done": False}

    def before(request):
        if not state["done"] and request.method == method and request.path.endswith(path):
            state["done"] = True
            happens()

    world[name].kube.before = before
    return state


def test_a_cluster_without_leases_is_warned_of(open_world):
    done = open_world.install()
    assert done.code == 0 and "warning: a: " in done.err and "leases" in done.err and len(roots(open_world)) == 1, done.said


def test_what_appeared_after_the_plan_is_judged_again_and_nothing_is_written(open_world, alice):
    world = open_world
    state = once(lambda: of_another_run(world, "b", alice), world, "b", "POST", "/leases")
    refused = world.install()
    assert state["done"] and refused.code == 4 and "root" in refused.err, refused.said
    assert world.writes() == [], "neither in a nor in b"


def test_what_appeared_at_the_very_moment_is_told(open_world, alice):
    """The apply went out already: it has overwritten the other's, and says so."""
    world = open_world
    state = once(lambda: of_another_run(world, "b", alice), world, "b", "PATCH", "/cacerts")
    ended = world.install()
    assert state["done"] and ended.code == 3 and "b: Secret istio-system/cacerts" in ended.err and "another run" in ended.err, ended.said


def test_what_was_overwritten_before_the_phase_ended_is_told(open_world, alice):
    """The other's apply came last: it is looked for what is there when all clusters have ended."""
    world = open_world
    world["a"].script("PATCH", "*/cacerts", faults.slow(2), nth=1)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: world["b"].kube.get(*SET))
    of_another_run(world, "b", alice)
    ended = finish(process)
    assert ended.code == 3 and "b: Secret istio-system/cacerts" in ended.err and "later run of kubectl mesh" in ended.err, ended.said
    assert not any(value in ended.said for value in alice.set["data"].values()), "values of Secrets are fingerprints"


@pytest.mark.parametrize("manager, said", [("argocd-controller", '"argocd-controller" at '), (None, "was deleted by somebody")])
def test_what_a_controller_reverted_at_once_is_told(world, manager, said):
    """Who owns the object by another tool undoes what a run writes; the run does not end as if it were there."""
    world["a"].script("PATCH", "*/cacerts", faults.slow(2), nth=1)
    process = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: world["b"].kube.get(*SET))
    if manager:
        content = {**world["b"].kube.get(*SET), "data": {**world["b"].kube.get(*SET)["data"], "root-cert.pem": "bm9uZQ=="}}
        world["b"].kube.create(*SET, content, manager=manager)
    else:
        world["b"].kube.objects.pop(SET)
    ended = finish(process)
    assert ended.code == 3 and "b: Secret istio-system/cacerts" in ended.err and said in ended.err, ended.said


def test_two_at_once_without_leases_are_never_both_content_with_two_roots(open_world, alice, bob):
    world = open_world
    world["a"].script("PATCH", "*/cacerts", faults.slow(1), nth=1)
    world["b"].script("PATCH", "*/cacerts", faults.slow(1), nth=2)
    ends = [finish(process) for process in (alice.start(), bob.start())]
    assert len(roots(world)) == 1 or 0 not in [end.code for end in ends], [end.said for end in ends]
    assert [end.code for end in ends] != [0, 0]


# ---- clocks


@pytest.mark.parametrize("clock, warned", [(0, False), (40, False), (-40, False), (90, True), (-90, True)])
def test_a_clock_that_differs_by_a_minute_is_warned_of(world, clock, warned):
    world["b"].server.clock = clock
    done = world.install()
    assert done.code == 0 and ("warning: b: its clock" in done.err) == warned, done.said
    assert not warned or f"1 min {'ahead of' if clock > 0 else 'behind'} this machine's" in done.err


@pytest.mark.parametrize("clock, said", [(400, "6 min ahead of"), (-400, "6 min behind"), (-7300, "2 h 1 min behind")])
def test_with_a_clock_five_minutes_wrong_nothing_is_issued(world, clock, said):
    world["b"].server.clock = clock
    refused = world.install()
    assert refused.code == 4 and f"b: its clock is {said} this machine's: no certificate" in refused.err, refused.said
    assert world.writes() == [] and not world.journals


def test_a_wrong_clock_is_no_reason_to_refuse_what_issues_nothing(world):
    assert world.install().code == 0
    world["b"].server.clock = 400
    assert world.install().code == 0, "all is there already"
    assert world.run("undo", "--yes").code == 0


def test_a_slow_answer_is_no_wrong_clock(world):
    world["b"].script("GET", "*", faults.slow(1.5))
    world["b"].server.clock = 59
    done = world.install()
    assert done.code == 0 and "its clock" not in done.err, done.said
