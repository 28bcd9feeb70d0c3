"""Answers that no API server would give: each is a failed read with the cluster's name, never a crash."""

import json

import pytest

import faults

NAMESPACE = "/api/v1/namespaces/kube-system"
SECRET = "/api/v1/namespaces/istio-system/secrets/cacerts"
PODS = "/api/v1/namespaces/istio-system/pods"

NO_OBJECT = {
    "empty": b"",
    "half": b'{"kind": "Namespace", "metadata": {"na',
    "depth 100000": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "invalid UTF-8": b'{"metadata": {"uid": "\xff\xfe"}}',
    "HTML": b"<html><body>Sign in to the hotel's network</body></html>",
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "metadata is no object": b'{"metadata": [1]}',
    "huge number": b'{"metadata": 1e999999}',
}


@pytest.mark.parametrize("path", [NAMESPACE, SECRET, PODS])
@pytest.mark.parametrize("body", NO_OBJECT)
def test_an_answer_that_is_no_object_is_a_failed_read(world, path, body):
    """F9."""
    world["b"].script("GET", path, faults.body(NO_OBJECT[body]))
    result = world.install()
    assert result.code == 5, result.said
    assert "b: cannot" in result.said and "something else than an API server" in result.said
    assert world.writes() == []


WRONG_TYPES = [
    (NAMESPACE, {"metadata": {"uid": 5}}),
    (NAMESPACE, {"metadata": {"uid": {"a": []}}}),
    (PODS, {"metadata": {"continue": 5}, "items": []}),
    (PODS, {"metadata": {"continue": ["x"]}, "items": [5, "x", None]}),
    (PODS, {"items": "no list"}),
    (SECRET, {"metadata": {"managedFields": [5], "labels": "x"}, "data": {"ca-cert.pem": 5}}),
    (SECRET, {"metadata": {"resourceVersion": 7, "annotations": 3}, "data": "no map"}),
]


@pytest.mark.parametrize("path, document", WRONG_TYPES)
def test_fields_of_another_type_end_nothing_but_their_own_cluster(world, path, document):
    world["b"].script("GET", path, faults.body(json.dumps(document).encode()))
    result = world.install()
    assert 0 <= result.code < 70, result.said
    assert "bug of ours" not in result.said


ERRORS = [
    (faults.status(403, b"<html><h1>Forbidden</h1></html>"), "HTTP status 403", "<html>"),
    (faults.status(403, b"Forbidden by proxy\nsecond line"), "Forbidden by proxy", "second line"),
    (faults.status(403, b"\x1b[2J\x1b]0;owned\x07"), "\\x1b[2J", "\x1b"),
    (faults.api_status(403, "pods is forbidden: \x1b[31m\u202e\r no"), "pods is forbidden: \\x1b[31m\\u202e\\x0d no", "\u202e"),
    (faults.status(403, json.dumps({"kind": "Status", "message": 5}).encode()), "HTTP status 403", "bug"),
    (faults.status(403, json.dumps({"message": "x" * 100_000}).encode()), "x" * 1000, "x" * 1001),
    (faults.status(409, json.dumps({"details": {"causes": ["x", 5, {"reason": 7}]}}).encode()), "HTTP status 409", "bug"),
    (faults.status(409, json.dumps({"details": {"causes": 5}}).encode()), "HTTP status 409", "bug"),
    (faults.status(422, b"\xff\xfe\x00"), "\\xff\\xfe", "\x00"),
    (faults.status(403, b""), "HTTP status 403", "bug"),
    (faults.status(299, b"{"), "something else than an API server", "bug"),
    (faults.status(418, b"[" * 100_000), "cannot", "bug"),
]


@pytest.mark.parametrize("fault, shown, hidden", ERRORS)
@pytest.mark.parametrize("method, path", [("GET", NAMESPACE), ("PATCH", SECRET)])
def test_an_errors_own_words_are_shown_safely(lone, method, path, fault, shown, hidden):
    """O1, N5: a body may be text, HTML or anything."""
    lone["a"].script(method, path, fault)
    result = lone.install()
    assert result.code in (1, 3, 4, 5), result.said
    assert "a: cannot" in result.said and shown in result.said and hidden not in result.said


def test_names_from_a_cluster_are_escaped_too(lone):
    assert lone.install().code == 0
    labels = {"labels": {"istio.io/config": "true"}}
    lone["a"].kube.create("n\x1b[31m", "configmaps", "istio-ca-root-cert", {"metadata": labels, "data": {"root-cert.pem": "x\u202e"}})
    for words in (["-o", "table"], ["-o", "wide"], ["-o", "json"], ["-o", "yaml"], ["-v", "8"]):
        result = lone.run("certs", "verify", "--context", "a", *words)
        assert result.code == 1 and "\x1b" not in result.said and "n" in result.said


def test_a_status_in_json_is_pure_json_in_the_answer(lone):
    lone["a"].script("GET", NAMESPACE, faults.api_status(403, 'quote " and \x1b and \u202e'))
    document = lone.install("-o", "json").document()
    assert document["problems"][0]["code"] == "forbidden" and document["problems"][0]["cluster"] == "a"
