"""The traps of the HTTP library, each held shut by a test, and connections that end in every wrong way."""

import json
import os
import re
from pathlib import Path

import pytest

import faults
from faultserver import Gone
from world import BINARY, TOKEN, finish, wait_until

NAMESPACE = "/api/v1/namespaces/kube-system"
SECRET = "/api/v1/namespaces/istio-system/secrets/cacerts"


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_an_error_and_its_target_hears_nothing(world, code):
    sink = world["b"].server
    target = {"Location": f"https://127.0.0.1:{sink.port}{NAMESPACE}"}
    world["a"].script("GET", NAMESPACE, faults.status(code, headers=target))
    result = world.run("certs", "install", "--contexts", "a", "--yes")
    assert result.code == 5
    assert f"a: https://127.0.0.1:{world['a'].server.port}: unexpected redirect to {target['Location']}" in result.err
    assert "name the API server itself" in result.err
    assert sink.connections == 0 and world.writes() == []


def test_a_redirect_of_a_write_is_an_error_too(world):
    world["a"].script("PATCH", "*", faults.status(307, headers={"Location": f"{world['b'].url}{SECRET}"}))
    assert world.run("certs", "install", "--contexts", "a", "--yes").code in (3, 5)
    assert world["b"].server.connections == 0


DEAD = {
    "hangs": faults.hold(),
    "trickles": faults.trickle(),
    "never ends its headers": faults.begin(b"HTTP/1.1 200 OK\r\nX-A: "),
    "announces more than it sends": faults.begin(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "starts a chunk and stops": faults.begin(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{"),
}


@pytest.mark.parametrize("how", DEAD)
def test_a_server_that_gives_no_whole_answer_costs_one_deadline(lone, how):
    lone["a"].script("GET", NAMESPACE, DEAD[how])
    result = lone.install("--request-timeout", "3s")
    assert result.code == 6
    assert "a: https://" in result.err and "no complete answer within 3 s" in result.err and "--request-timeout" in result.err
    assert len(lone["a"].server.requests) <= 1 and lone.writes() == []


def test_a_handshake_that_hangs_costs_the_deadline(lone):
    def stall(raw):
        lone["a"].server.closing.wait(faults.HELD)
        raise Gone

    lone["a"].server.on_accept = stall
    result = lone.install("--request-timeout", "400ms")
    assert result.code in (5, 6) and "400 ms" in result.err


def test_timeout_ends_the_whole_run_and_says_so(lone):
    lone["a"].script("GET", NAMESPACE, faults.hold())
    result = lone.install("--timeout", "400ms")
    assert result.code == 6 and "--timeout" in result.err
    assert len(lone["a"].server.requests) <= 1


def test_one_hung_cluster_costs_its_deadline_and_the_others_are_complete(world):
    assert world.install().code == 0
    world.forget()
    world["b"].script("GET", "*", faults.hold())
    result = world.run("certs", "verify", "--contexts", "a,b", "-o", "json", "--request-timeout", "5s")
    targets = [request.target for request in world["b"].server.requests]
    assert len(targets) == len(set(targets)), "the silent cluster was asked again"
    document = result.document()
    assert {item["cluster"] for item in document["items"]} >= {"a"}
    assert [problem["cluster"] for problem in document["problems"]] == ["b"]
    assert all(item["severity"] in ("pass", "skipped") for item in document["items"] if item["cluster"] == "a")
    assert result.code in (1, 6)


def test_a_cluster_that_falls_silent_at_its_access_review_costs_one_deadline(world):
    """Four rights are asked for, one after the other."""
    world["b"].script("POST", "*/selfsubjectaccessreviews", faults.hold())
    result = world.install("--request-timeout", "5s")
    assert result.code == 6 and len([request for request in world["b"].server.requests if request.method == "POST"]) == 1
    assert world.writes() == []


def test_contexts_check_asks_a_dead_cluster_once(world):
    world["b"].script("GET", "*", faults.hold())
    result = world.run("contexts", "--check", "--request-timeout", "5s")
    assert result.code == 6 and len(world["b"].server.requests) == 1
    assert re.search(r"a .*ok .*v1\.31\.0", result.out) and re.search(r"b .*deadline", result.out)


def test_nobody_listening_is_told_soon_and_in_the_operators_words(lone):
    lone["a"].server.close()
    result = lone.install()
    assert result.code == 5 and "a: https://127.0.0.1" in result.err and "refused" in result.err


def test_bodies_of_two_megabytes_are_read(lone):
    """A Secret of another tool beside ours; lists of a grown cluster are of that size."""
    big = {"metadata": {"labels": {"istio.io/config": "true"}}, "data": {"text": "x" * 2_000_000}}
    lone["a"].kube.create("default", "configmaps", "big", big)
    assert lone.install().code == 0
    assert lone.run("certs", "verify", "--context", "a").code == 0


BOMBS = {
    "one that says its size": faults.announced(80 << 20),
    "one that does not": faults.flood(70),
    "a gzip bomb": faults.gzipped(b" " * (80 << 20)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_body_beyond_the_cap_is_cut_in_bounded_memory(lone, bomb):
    lone["a"].script("GET", NAMESPACE, BOMBS[bomb])
    process = lone.start("certs", "install", "--context", "a", "--yes", "--request-timeout", "50s")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    result = finish(process)
    assert result.code == 1 and "a: https://" in result.err and "larger than 64 MiB" in result.err
    assert len(lone["a"].server.requests) == 1  # the same question would get the same answer
    assert usage.ru_maxrss < 300 << 10 or sanitized()


def test_a_gzipped_answer_is_understood(lone):
    document = json.dumps({"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "1"}}).encode()
    lone["a"].script("GET", NAMESPACE, faults.gzipped(document))
    assert lone.install().code == 0
    assert lone["a"].server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("size", [1, 2, 8, 100])
@pytest.mark.parametrize("length", [10, 1_000, 100_003])
def test_what_compresses_well_comes_whole_out_of_any_chunks(lone, size, length):
    """A few bytes make thousands: they come out although no byte is left to go in."""
    document = json.dumps({"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "1", "labels": {"long": "x" * length}}}).encode()
    lone["a"].script("GET", NAMESPACE, faults.gzipped_in_chunks(document, size))
    assert lone.install().code == 0


def test_what_only_says_that_it_is_gzip_is_named(lone):
    lone["a"].script("GET", NAMESPACE, faults.body(b"{}" * 100, {"Content-Encoding": "gzip"}))
    result = lone.install("--request-timeout", "2s", "-v", "6")
    assert result.code in (5, 6) and "the answer says that it is gzip, and is not" in result.err


def test_gzip_is_not_asked_for_if_compression_is_disabled(lone):
    lone.entries["a"]["disable-compression"] = True
    assert lone.install().code == 0
    assert all("accept-encoding" not in request.headers for request in lone["a"].server.requests)


def test_connections_are_kept_and_few(world):
    """A TLS handshake costs the server more than a small request."""
    assert world.install().code == 0
    for cluster in world.clusters.values():
        assert len(cluster.server.requests) >= 10
        assert cluster.server.connections == 1
        assert cluster.server.requests[0].connection == 1


def test_one_request_after_the_other_uses_one_connection(lone):
    assert lone.run("contexts", "--check").code == 0
    assert lone["a"].server.connections == 1 and len(lone["a"].server.requests) == 2


def test_threads_are_few(lone):
    lone["a"].script("GET", NAMESPACE, faults.hold())
    process = lone.start("certs", "install", "--context", "a", "--yes")
    wait_until(lambda: lone["a"].server.requests)
    threads = re.search(r"Threads:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
    process.kill()
    finish(process)
    assert int(threads[1]) <= 10


def test_a_silent_link_is_watched_by_the_kernel(lone):
    """HTTP/1.1 has no ping: TCP keepalive runs from the handshake on, first after 15 s."""
    lone["a"].script("GET", NAMESPACE, faults.hold())
    process = lone.start("certs", "install", "--context", "a", "--yes")
    wait_until(lambda: lone["a"].server.requests)
    wait_until(lambda: {kind for kind, _ in timers_to(lone["a"].server.port)} == {"02"})  # that of the request has ended
    seconds = [int(rest, 16) / 100 for _, rest in timers_to(lone["a"].server.port)]
    process.kill()
    finish(process)
    assert max(seconds) <= 15


def sanitized():
    """Shadow memory makes a peak meaningless."""
    return b"libasan" in BINARY.read_bytes() or b"libtsan" in BINARY.read_bytes()


def timers_to(port):
    """Of /proc/net/tcp: kind and remaining time of the timer of each established connection (state 01) to a port of ours."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[5].split(":") for row in rows if row[3] == "01" and int(row[2].split(":")[1], 16) == port]


IDLE_ENDS = {"closed": faults.close_before, "reset": faults.reset_before}


@pytest.mark.parametrize("end", IDLE_ENDS)
def test_a_kept_connection_that_has_ended_is_replaced(lone, end):
    """The library sends a read again by itself; a write is ours to repeat."""
    lone["a"].script("GET", SECRET, IDLE_ENDS[end], nth=1)
    lone["a"].script("PATCH", "*", IDLE_ENDS[end], nth=1)
    assert lone.install().code == 0
    assert "cacerts" in [name for _, _, name in lone["a"].kube.objects]


def test_a_server_that_shuts_down_in_order_is_not_noticed(lone):
    """F16: each answer is the last one of its connection."""
    lone["a"].script("*", "*", faults.answer_and_close)
    assert lone.install().code == 0
    requests = lone["a"].server.requests
    assert lone["a"].server.connections == len(requests)


def test_a_write_is_never_sent_twice_by_the_library(lone):
    """Carried out, then the kept connection ends before the answer: a look comes before any second try."""
    assert lone.install().code == 0
    lone.forget()
    lone["a"].script("DELETE", SECRET, faults.close_after, nth=1)
    result = lone.run("certs", "remove", "--context", "a", "--yes")
    assert result.code == 0
    methods = [request.method for request in lone["a"].server.requests if request.path == SECRET]
    assert methods.count("DELETE") == 1 and methods[-1] == "GET"


@pytest.mark.parametrize("name", ["https://127.0.0.1:99999", "https://bad host", "https://127.0.0.1:1/%zz"])
def test_a_server_that_is_no_url_is_an_error_not_a_crash(lone, name):
    lone.entries["a"]["server"] = name
    result = lone.install()
    assert result.code in (2, 5) and "a" in result.err


def test_the_token_goes_to_its_own_cluster_only(world):
    world.users["b"] = {"token": "token-of-b"}
    assert world.install().code == 0
    assert {request.headers["authorization"] for request in world["a"].server.requests} == {f"Bearer {TOKEN}"}
    assert {request.headers["authorization"] for request in world["b"].server.requests} == {"Bearer token-of-b"}
