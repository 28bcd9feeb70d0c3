"""What is asked again, how often, and what an operator sees of it."""

import json

import pytest

import faults

NAMESPACE = "/api/v1/namespaces/kube-system"
SECRET = "/api/v1/namespaces/istio-system/secrets/cacerts"
REVIEW = "*/selfsubjectaccessreviews"
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

ONCE = [
    ("GET", NAMESPACE, faults.status(500, HTML)),
    ("GET", SECRET, faults.status(502, HTML)),
    ("GET", SECRET, faults.api_status(503, "the server is currently unable to handle the request")),
    ("GET", "*/pods", faults.api_status(504, "etcdserver: request timed out")),
    ("POST", REVIEW, faults.status(500)),
    ("GET", SECRET, faults.reset_before),
    ("GET", SECRET, faults.reset_after),
    ("GET", SECRET, faults.close_before),
    ("GET", NAMESPACE, faults.cut(20)),
    ("GET", NAMESPACE, faults.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{")),
    ("GET", NAMESPACE, faults.raw(b"220 mail.example ESMTP\r\n\r\n")),
    ("POST", REVIEW, faults.reset_after),
    ("PATCH", SECRET, faults.status(429, b"slow down")),
    ("PATCH", SECRET, faults.status(503, HTML)),
    ("PATCH", SECRET, faults.reset_before),
]


@pytest.mark.parametrize("method, path, fault", ONCE)
def test_a_fault_that_passes_is_not_noticed(lone, method, path, fault):
    """F3, F8, F9, F15, F16."""
    lone["a"].script(method, path, fault, nth=1)
    result = lone.install()
    assert result.code == 0, result.said
    assert lone["a"].kube.secret().startswith("-----BEGIN CERTIFICATE")


@pytest.mark.parametrize("body", [b"Too many requests, please try again later.\n", None], ids=["text", "json"])
def test_retry_after_is_obeyed_and_the_wait_is_told(lone, body):
    """F1."""
    asked_to_wait = faults.status(429, body or b'{"kind":"Status","code":429}', {"Retry-After": "1"})
    lone["a"].script("GET", NAMESPACE, asked_to_wait, nth=1)
    result = lone.install()
    first, second = [request.time for request in lone["a"].server.requests if request.path == NAMESPACE][:2]
    assert result.code == 0 and second - first >= 1
    assert "a: HTTP status 429; trying again in 1000 ms" in result.err


@pytest.mark.parametrize("seconds", ["251", "282", "86400"])
def test_a_retry_after_beyond_the_deadline_is_not_waited_for(lone, seconds):
    """Nor is the deadline, which is longer than the patience of `run`."""
    lone["a"].script("GET", NAMESPACE, faults.status(429, b"busy", {"Retry-After": seconds}))
    result = lone.install("--request-timeout", "250s")
    assert result.code == 5
    assert "a: cannot read Namespace kube-system" in result.err and "overloaded" in result.err
    assert len(lone["a"].server.requests) == 1


def test_throttled_for_ever_ends_after_ten_tries(lone):
    """F2: each cluster says Retry-After 0, which is no invitation to hammer."""
    lone["a"].script("GET", NAMESPACE, faults.status(429, b"busy", {"Retry-After": "0"}))
    result = lone.install()
    assert result.code == 5 and "10 tries" in result.err
    times = [request.time for request in lone["a"].server.requests]
    assert len(times) == 10 and min(b - a for a, b in zip(times, times[1:])) >= 0.04


def test_503_for_ever_on_one_cluster_writes_nowhere(world):
    """F4. The second time it says that it takes longer than the run has: that ends the tries, and not a clock."""
    down = json.dumps({"kind": "Status", "message": "apiserver is shutting down", "code": 503}).encode()
    world["b"].script("*", "*", faults.status(503, down), nth=1)
    world["b"].script("*", "*", faults.status(503, down, {"Retry-After": "86400"}))
    result = world.install()
    assert result.code == 1
    assert "b: cannot read Namespace kube-system" in result.err and "apiserver is shutting down" in result.err
    assert "2 tries" in result.err
    assert world.writes() == [] and not world.root_file.exists()


def test_a_cluster_that_fails_at_its_access_review_writes_nowhere(world):
    world["b"].script("POST", REVIEW, faults.status(501, b"not here"))
    result = world.install()
    assert result.code == 1 and "b: cannot ask for rights" in result.err
    assert world.writes() == []


@pytest.mark.parametrize("code", [501, 505])
def test_what_will_not_change_is_not_asked_again(lone, code):
    lone["a"].script("GET", NAMESPACE, faults.status(code))
    assert lone.install().code == 1
    assert len(lone["a"].server.requests) == 1


def test_a_missing_right_is_found_before_any_write(world):
    """F12."""
    world["b"].kube.forbidden.add(("patch", "secrets"))
    result = world.install()
    assert result.code == 5
    assert "b: you may not patch secrets in namespace istio-system (no role allows it)" in result.err
    assert "nothing was written anywhere" in result.err
    assert world.writes() == [] and not world.root_file.exists()


def test_all_missing_rights_are_listed(world):
    for right in (("patch", "secrets"), ("create", "namespaces")):
        world["a"].kube.forbidden.add(right)
    result = world.install("-o", "json")
    messages = [problem["message"] for problem in result.document()["problems"]]
    assert any("create namespaces" in text for text in messages) and any("patch secrets" in text for text in messages)


def test_two_contexts_of_one_cluster_are_refused(world):
    world.entries["b"] = world.entries["a"]
    result = world.install()
    assert result.code == 4 and 'contexts "a" and "b" are the same cluster' in result.err
    assert world.writes() == []


def test_lists_are_asked_for_in_pages(lone):
    """F20, the host's half: no answer grows with the cluster."""
    assert lone.install().code == 0
    lists = [request for request in lone["a"].server.requests if request.path.endswith("/pods")]
    assert lists and all("limit=500" in request.target for request in lists)


def test_an_expired_list_is_told_and_the_same_command_reads_it_anew(lone):
    """F20: nothing was written on half a list."""
    gone = faults.api_status(410, "The provided continue parameter is too old", "Expired")
    lone["a"].script("GET", "*/pods", gone, nth=1)
    result = lone.install()
    assert result.code != 0 and "continue parameter is too old" in result.said, result.said
    assert lone.writes() == []
    assert lone.install().code == 0


def test_the_counts_of_a_clean_run(world):
    """The budget: a clean install asks no more than this of each cluster."""
    assert world.install().code == 0
    for cluster in world.clusters.values():
        requests = cluster.server.requests
        writes = [request for request in requests if request.is_write]
        # The Lease is taken before the first write and given back after the last.
        assert [request.method for request in writes] == ["POST", "PATCH", "PATCH", "DELETE"]
        assert len(requests) <= 22
        assert json.loads(writes[2].body)["kind"] == "Secret"
