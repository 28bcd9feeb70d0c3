"""Logins: the exec plugins of kubeconfigs, tokens that end, and what a run does when none helps."""

import base64
import json
import os
import re
import stat

import pytest

import faults
from world import finish, interrupt, wait_until

V1 = "client.authentication.k8s.io/v1"
NAMESPACE = "/api/v1/namespaces/kube-system"


def credential(**status):
    return json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": status})


def exec_user(world, script, mode="Never", name="login-tool", **config):
    """A login program that notes each start, then does as `script` says."""
    program = world.folder / name
    program.write_text(f"#!/bin/sh\necho $$ >> {world.folder}/{name}.starts\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": V1, "command": str(program), "interactiveMode": mode, **config}}


def starts(world, name="login-tool"):
    path = world.folder / f"{name}.starts"
    return path.read_text().split() if path.exists() else []


def echo(text):
    return f"cat <<'END'\n{text}\nEND"


BAD = {
    "exit 1": ("echo 'you must log in: canary?' >&2; exit 1", "failed with status 1: you must log in: canary?"),
    "escapes": (r"printf '\033[2Jhidden\r' >&2; exit 3", r"\x1b[2Jhidden\x0d"),
    "killed": ("kill -9 $$", "was ended by signal 9"),
    "5 MiB": ("head -c 5242880 /dev/zero", "printed more than 1 MiB"),
    "no JSON": ("echo secret-looking-output", "did not print an ExecCredential"),
    "deep JSON": ("head -c 100000 /dev/zero | tr '\\0' '['", "did not print an ExecCredential"),
    "other kind": (echo('{"kind": "Pod"}'), "did not print an ExecCredential"),
    "list": (echo("[1, 2]"), "did not print an ExecCredential"),
    "wrong apiVersion": (echo('{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential"}'), "answered in client.authentication.k8s.io/v1beta1"),
    "nothing in it": (echo(credential()), "gave neither a token nor a client certificate"),
    "only a certificate": (echo(credential(clientCertificateData="pem")), "a client certificate without its key"),
    "token of another type": (echo(credential(token=5)), "gave neither a token"),
    "bad time": (echo(credential(token="t", expirationTimestamp="soon")), "no RFC 3339 time"),
}


@pytest.mark.parametrize("how", BAD)
def test_a_login_that_fails_is_named_and_run_once(lone, how):
    script, words = BAD[how]
    lone.users["a"] = exec_user(lone, script)
    result = lone.run("certs", "verify", "--context", "a")
    assert result.code == 5, result.said
    assert "a: login command" in result.err and words in result.err and "secret-looking" not in result.said
    assert "\x1b" not in result.err and len(starts(lone)) == 1
    assert lone["a"].server.requests == []


def test_a_login_that_hangs_is_ended_with_all_that_it_started(lone):
    lone.users["a"] = exec_user(lone, "sleep 1077.125 & sleep 1077.125")
    result = lone.run("certs", "verify", "--context", "a", "--request-timeout", "500ms")
    assert result.code == 5 and re.search(r"gave no answer in \d+ ms", result.err) and "try it alone" in result.err  # what was left of the 500
    assert len(starts(lone)) == 1
    assert not alive("sleep\x001077.125")


def alive(words):
    def command(pid):
        try:
            return open(f"/proc/{pid}/cmdline").read()
        except OSError:
            return ""

    return any(words in command(pid) for pid in os.listdir("/proc") if pid.isdigit())


def test_an_interrupt_ends_a_login_too(lone):
    lone.users["a"] = exec_user(lone, "exec 1>&- 2>&-; sleep 1066.25")
    process = lone.start("certs", "install", "--context", "a", "--yes")
    wait_until(lambda: starts(lone))
    interrupt(process)
    assert finish(process).code == 130


def test_a_login_that_must_ask_is_not_started_without_a_terminal(lone):
    lone.users["a"] = exec_user(lone, "read answer", mode="Always")
    result = lone.install()
    assert result.code == 5 and "must ask on a terminal" in result.err and starts(lone) == []


def test_a_login_that_may_ask_gets_end_of_file_and_is_told(lone):
    script = 'read answer; case "$KUBERNETES_EXEC_INFO" in *\'"interactive":false\'*) ' + echo(credential(token="t")) + "\n;; esac"
    lone.users["a"] = exec_user(lone, script, mode="IfAvailable")
    assert lone.install().code == 0


def test_a_login_program_that_is_missing_comes_with_its_install_hint(lone):
    lone.users["a"] = {"exec": {"apiVersion": V1, "command": "no-such-login", "interactiveMode": "Never", "installHint": "brew install it\x1b[0m"}}
    result = lone.install()
    assert result.code == 5 and '"no-such-login" was not found' in result.err and "brew install it" in result.err
    assert "\x1b" not in result.err


def test_one_login_serves_the_whole_run(world):
    for name in ("a", "b"):
        world.users[name] = exec_user(world, echo(credential(token=f"token-{name}")), name=f"login-{name}")
    assert world.install().code == 0
    assert len(starts(world, "login-a")) == 1 and len(starts(world, "login-b")) == 1


def test_a_login_is_run_again_when_its_credential_ends(lone):
    past = "2020-01-01T00:00:00Z"
    lone.users["a"] = exec_user(lone, echo(credential(token="t", expirationTimestamp=past)))
    assert lone.run("contexts", "--check").code == 0
    assert len(starts(lone)) == 2  # one for each request, one after the other


def refuse_old(world, good):
    """401 for every credential but the good one."""
    kube, server = world["a"].kube, world["a"].server

    def application(request):
        if request.headers.get("authorization", request.headers.get("x-certificate")) != good:
            return faults.Response(401, b'{"kind":"Status","message":"Unauthorized","code":401}')
        return kube(request)

    server.application = application


COUNTED = 'token=token-$(wc -l < {folder}/login-tool.starts | tr -d " ")\n' + 'printf \'{{"apiVersion":"{v1}","kind":"ExecCredential","status":{{"token":"%s"}}}}\' "$token"'


def test_401_logs_in_again_once_and_goes_on(lone):
    lone.users["a"] = exec_user(lone, COUNTED.format(folder=lone.folder, v1=V1))
    refuse_old(lone, "Bearer token-2")
    assert lone.install().code == 0
    assert len(starts(lone)) == 2


def test_401_in_the_middle_of_a_run_logs_in_again(lone):
    lone.users["a"] = exec_user(lone, COUNTED.format(folder=lone.folder, v1=V1))
    lone["a"].script("PATCH", "*/cacerts", faults.status(401), nth=1)
    assert lone.install().code == 0
    assert len(starts(lone)) == 2


def test_401_for_ever_ends_after_one_more_login(lone):
    lone.users["a"] = exec_user(lone, echo(credential(token="stale")))
    refuse_old(lone, "Bearer other")
    result = lone.install()
    assert result.code == 5 and "log in again" in result.err and "a: cannot read" in result.err
    assert len(starts(lone)) == 2 and len(lone["a"].server.requests) == 2


def test_401_without_any_login_is_told_at_once(lone):
    refuse_old(lone, "Bearer other")
    result = lone.install()
    assert result.code == 5 and "log in again" in result.err and len(lone["a"].server.requests) == 1


def test_401_in_the_middle_of_writing_is_partial(world):
    world["b"].script("PATCH", "*/cacerts", faults.status(401, b'{"message":"Unauthorized"}'))
    result = world.install()
    assert result.code == 3 and "log in again" in result.said
    world["b"].server.rules.clear()
    assert world.install().code == 0


def test_a_login_that_gives_certificates_is_renewed_by_a_new_certificate(lone, pki):
    """Only the certificate differs between the logins: no header tells them apart."""
    for number, name in ((1, "old"), (2, "new")):
        pair = pki.ca.client(f"{name}-operator")
        (lone.folder / f"answer-{number}").write_text(credential(clientCertificateData=pair.pem, clientKeyData=pair.key_pem))
    lone.users["a"] = exec_user(lone, f"cat {lone.folder}/answer-$(wc -l < {lone.folder}/login-tool.starts | tr -d ' ')")
    lone["a"].server.application = by_certificate(lone["a"], "new-operator")
    assert lone.install().code == 0
    assert len(starts(lone)) == 2


def by_certificate(cluster, name):
    def application(request):
        if request.peer == name:
            return cluster.kube(request)
        return faults.Response(401, b'{"kind":"Status","message":"Unauthorized","code":401}')

    return application


def test_many_requests_that_get_401_at_once_share_the_login(lone):
    """verify asks four things at once."""
    lone.users["a"] = exec_user(lone, COUNTED.format(folder=lone.folder, v1=V1))
    refuse_old(lone, "Bearer token-2")
    lone.run("certs", "verify", "--context", "a")
    assert len(starts(lone)) == 2


def test_a_token_file_is_read_again_after_401(lone):
    path = lone.folder / "token"
    path.write_text("old\n")
    lone.users["a"] = {"tokenFile": str(path)}
    kube = lone["a"].kube

    def application(request):
        path.write_text("new\n")
        good = request.headers["authorization"] == "Bearer new"
        return kube(request) if good else faults.Response(401, b"{}")

    lone["a"].server.application = application
    assert lone.install().code == 0


KUBERC = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: {policy}\n{more}"


@pytest.mark.parametrize("policy, more, code", [
    ("DenyAll", "", 5),
    ("Allowlist", "credentialPluginAllowlist: [{name: other}]", 5),
    ("Allowlist", "credentialPluginAllowlist: []", 5),
    ("Allowlist", "", 5),
    ("Misspelt", "", 5),
    ("Allowlist", "credentialPluginAllowlist: [{name: login-tool}]", 0),
    ("AllowAll", "", 0),
])
def test_the_operators_kuberc_decides_which_programs_may_run(lone, policy, more, code):
    lone.users["a"] = exec_user(lone, echo(credential(token="t")))
    (lone.folder / "kuberc").write_text(KUBERC.format(policy=policy, more=more))
    lone.extra_env = {"KUBERC": str(lone.folder / "kuberc")}
    result = lone.install()
    assert result.code == code and len(starts(lone)) == (1 if code == 0 else 0)
    assert code == 0 or "is not allowed" in result.err


def test_a_login_gets_the_environment_it_would_get_from_kubectl(lone):
    """Our own changes to the trust variables are not its business."""
    lone.users["a"] = exec_user(lone, f'echo "$SSL_CERT_FILE|$EXTRA" > {lone.folder}/seen\n' + echo(credential(token="t")), env=[{"name": "EXTRA", "value": "x"}])
    lone.extra_env = {"SSL_CERT_FILE": "/some/bundle"}
    assert lone.install().code == 0
    assert (lone.folder / "seen").read_text() == "/some/bundle|x\n"


def test_basic_credentials_are_encoded(lone):
    lone.users["a"] = {"username": "u", "password": "canary-p:w"}
    assert lone.install().code == 0
    wanted = "Basic " + base64.b64encode(b"u:canary-p:w").decode()
    assert lone["a"].server.requests[0].headers["authorization"] == wanted
