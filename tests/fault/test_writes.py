"""Writes whose end is unclear, objects that belong to others, and what a run says it did."""

import base64
import json

import pytest

import faults

SECRET = "/api/v1/namespaces/istio-system/secrets/cacerts"
NAMESPACE = "/api/v1/namespaces/istio-system"


def is_read(request):
    return request.method == "GET" and request.path == SECRET


LOST = {
    "reset": faults.reset_after,
    "closed": faults.close_after,
    "500": faults.carried_out_but(500, b"<html>oops</html>"),
    "504": faults.carried_out_but(504),
    "cut": faults.cut(10, carried_out=True),
}


def half_written(world):
    """Ours, and lacking a file: install replaces it with the version that it read as precondition."""
    assert world.install().code == 0
    for cluster in world.clusters.values():
        secret = cluster.kube.get("istio-system", "secrets", "cacerts")
        del secret["data"]["ca-key.pem"]
    world.forget()


@pytest.mark.parametrize("how", LOST)
def test_a_write_whose_answer_was_lost_is_looked_after_and_counts(lone, how):
    """F8: carried out once, found by reading back, journalled as done."""
    half_written(lone)
    lone["a"].script("PATCH", SECRET, LOST[how], nth=1)
    result = lone.install("-o", "json")
    assert result.code == 0
    requests = [request for request in lone["a"].server.requests if request.path == SECRET]
    assert [request.method for request in requests].count("PATCH") == 1 and is_read(requests[-1])
    lines = [json.loads(line) for line in lone.journals[-1].read_text().splitlines()]
    assert [line["change"] for line in lines if line["type"] == "after"] == ["update"]
    assert lone.install().code == 0 and len(lone.writes()) == 1


def test_a_lost_create_leaves_exactly_one_object(lone):
    lone["a"].script("PATCH", SECRET, faults.reset_after, nth=1)
    assert lone.install().code == 0
    assert [key for key in lone["a"].kube.objects if key[1] == "secrets"] == [("istio-system", "secrets", "cacerts")]


def test_a_write_that_cannot_be_read_back_is_partial_not_nothing(world):
    """The first write of the run, lost with its cluster: whether it was written is unknown."""
    half_written(world)
    world["b"].script("PATCH", SECRET, faults.reset_after)
    world["b"].script("GET", SECRET, faults.hold(), nth=set(range(2, 30)))
    world["a"].script("PATCH", SECRET, faults.api_status(400, "no"))
    result = world.install("--request-timeout", "3s")
    assert result.code == 3, result.said
    assert "may or may not have been written" in result.said


def test_a_write_that_hangs_is_read_back_once_and_not_repeated(lone):
    half_written(lone)
    lone["a"].script("PATCH", SECRET, faults.hold())
    result = lone.install("--request-timeout", "3s")
    assert result.code == 6 and "no complete answer" in result.said
    assert len(lone.writes()) == 1


def test_one_cluster_dies_in_the_second_phase(world):
    """F5: the others finish the phase, the table says who is where, the same command continues."""
    leaderless = json.dumps({"kind": "Status", "message": "etcdserver: no leader", "code": 500}).encode()
    world["b"].script("PATCH", SECRET, faults.status(500, leaderless, {"Retry-After": "86400"}))
    result = world.install()
    assert result.code == 3
    assert "etcdserver: no leader" in result.said and "b: cannot apply Secret istio-system/cacerts" in result.said
    assert world["a"].kube.secret() and ("istio-system", "secrets", "cacerts") not in world["b"].kube.objects
    world["b"].server.rules.clear()
    before = world["a"].kube.snapshot()
    assert world.install().code == 0
    assert world["a"].kube.snapshot() == before
    assert world["a"].kube.secret("root-cert.pem") == world["b"].kube.secret("root-cert.pem")


def test_no_later_phase_begins_after_a_failed_one(world):
    world["b"].script("PATCH", NAMESPACE, faults.api_status(403, "quota exceeded"))
    result = world.install()
    assert result.code == 3
    assert not [request for request in world.writes() if request.path == SECRET]


def test_a_refused_first_write_with_nothing_else_written_says_so(world):
    """The root is stored already, so that the run is partial, and the cluster's own words are shown."""
    for name in ("a", "b"):
        world[name].script("PATCH", NAMESPACE, faults.api_status(403, 'admission webhook "guard" denied the request: \x1b[31mno\r'))
    result = world.install()
    assert result.code == 3 and 'admission webhook "guard" denied the request: \\x1b[31mno\\x0d' in result.said
    assert "\x1b" not in result.said and "\r" not in result.said


FIELD = ".metadata.labels.app.kubernetes.io/managed-by"


def test_a_field_of_another_manager_is_never_forced(lone):
    """F18."""
    lone["a"].kube.create("", "namespaces", "istio-system", {"metadata": {"labels": {"app.kubernetes.io/managed-by": "helm"}}})
    secret = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "kubectl-mesh"}}, "data": {"ca-key.pem": base64.b64encode(b"canary-theirs").decode()}}
    lone["a"].kube.create("istio-system", "secrets", "cacerts", secret, manager="vault-operator")
    before = lone["a"].kube.snapshot()
    result = lone.install()
    assert result.code in (3, 4)
    assert 'belongs to "vault-operator"' in result.said and "not forced" in result.said and ".data.ca-key.pem" in result.said
    assert "canary-theirs" not in result.said and "Y2FuYXJ5LXRoZWlycw" not in result.said
    assert lone["a"].kube.snapshot() == before
    assert all("force=false" in request.target for request in lone.writes())
    again = lone.install()
    assert again.code == 4 and lone["a"].kube.snapshot() == before


def test_an_object_that_changed_meanwhile_is_read_and_compared_again(lone):
    """F19."""
    half_written(lone)
    kube = lone["a"].kube
    touches = []

    def touch(request):
        if request.method == "PATCH" and len(touches) < 2:
            touches.append(request)
            kube.get("istio-system", "secrets", "cacerts")["metadata"]["resourceVersion"] = f"9{len(touches)}"

    kube.before = touch
    assert lone.install().code == 0
    assert len(touches) == 2 and "ca-key.pem" in kube.get("istio-system", "secrets", "cacerts")["data"]


def test_an_object_that_always_changes_is_given_up_after_five_rounds(lone):
    half_written(lone)
    kube = lone["a"].kube

    def touch(request):
        if request.method == "PATCH":
            kube.get("istio-system", "secrets", "cacerts")["metadata"]["resourceVersion"] = str(len(lone.writes()))

    kube.before = touch
    result = lone.install()
    assert result.code == 4 and "the object has been modified" in result.said
    assert len(lone.writes()) == 5


def test_a_delete_holds_for_the_object_that_was_seen_only(lone):
    assert lone.install().code == 0
    kube = lone["a"].kube

    def replace(request):
        if request.method == "DELETE":
            kube.get("istio-system", "secrets", "cacerts")["metadata"]["uid"] = "another"

    kube.before = replace
    result = lone.run("certs", "remove", "--context", "a", "--yes")
    assert result.code == 4 and kube.get("istio-system", "secrets", "cacerts")


@pytest.mark.parametrize("how", LOST)
def test_a_lost_delete_counts_as_done(lone, how):
    assert lone.install().code == 0
    lone["a"].script("DELETE", SECRET, LOST[how], nth=1)
    result = lone.run("certs", "remove", "--context", "a", "--yes")
    assert result.code == 0 and ("istio-system", "secrets", "cacerts") not in lone["a"].kube.objects
    lines = [json.loads(line) for line in lone.journals[-1].read_text().splitlines()]
    assert [line["change"] for line in lines if line["type"] == "after"] == ["delete"]


def test_undo_takes_back_what_a_lost_answer_had_written(lone):
    lone["a"].script("PATCH", NAMESPACE, faults.reset_after, nth=1)
    assert lone.install().code == 0
    assert lone.run("undo", "--yes").code == 0
    assert set(lone["a"].kube.objects) == {("", "namespaces", "kube-system"), ("", "namespaces", "default")}


def test_a_server_dry_run_writes_nothing(world):
    assert world.install("--dry-run=server").code == 0
    assert world.writes() == [] and not world.root_file.exists() and world.journals == []


@pytest.mark.parametrize("back_at, code", [(3, 0), (4, 3)])
def test_a_webhook_that_is_down_is_tried_three_times(world, back_at, code):
    """F17: nothing was written, so that a create is safe to repeat; it is named with what to look at."""
    words = 'Internal error occurred: failed calling webhook "guard.example": Post "https://guard.default.svc:443/": connection refused'
    world["b"].script("PATCH", "*/cacerts", faults.api_status(500, words, "InternalError"), nth=set(range(1, back_at)))
    result = world.install()
    tries = [request for request in world["b"].server.writes() if request.path.endswith("/cacerts")]
    assert (result.code, len(tries)) == (code, 3), result.said
    assert code == 0 or ('webhook "guard.example"' in result.said and "look at the pods behind its Service" in result.said)
