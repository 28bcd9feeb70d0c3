"""examples/step-ca against the real step-ca: intermediates for two real clusters, and every way in which it can be refused."""

import os
import pty
import termios
import time

import pytest

import authority
from conftest import built, judged, operator, refused, secret_file, words_of
from flow import BINARY, BOTH, openssl
from lablib import build
from stepca import Server

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def company():
    return authority.root("Acme Root")


@pytest.fixture(scope="module")
def server(company, tmp_path_factory):
    program = build.ensure(["step-ca"])["step-ca"] + "/step-ca"
    with Server(program, tmp_path_factory.mktemp("ca") / "step-ca", company, company.sub("Acme Intermediate", 1), PASSWORD) as running:
        running.program = program
        yield running


@pytest.fixture(scope="module")
def plugin():
    return built("step-ca")


@pytest.fixture()
def mesh(tmp_path, plugin):
    made = operator(tmp_path / "home", plugin)
    secret_file(made.home / ".step/password", PASSWORD)
    secret_file(made.home / ".step/wrong", "battery staple")
    return made


@pytest.fixture()
def settings(server, company, mesh):
    return {"url": server.url, "fingerprint": company.fingerprint, "provisioner": "mesh", "password-file": "~/.step/password"}


def test_two_clusters_get_intermediates_from_it(mesh, clusters, settings, tmp_path):
    mesh("certs", "install", *words_of("step-ca", settings), "--yes")
    for files in judged(clusters, tmp_path, "Acme Intermediate"):
        assert files["cert-chain.pem"].count("BEGIN") == 2
    mesh("certs", "verify", "--contexts", BOTH)
    assert mesh.document("plugin", "info", "step-ca")["items"][0]["runs"] == "in a helper process"
    assert not [file for file in mesh.root_files if "PRIVATE" in file.read_text()]


def test_what_is_valid_stays_and_nobody_is_asked_for_a_password(mesh, clusters, settings):
    mesh("certs", "install", *words_of("step-ca", settings), "--yes")
    before = [cluster.cacerts() for cluster in clusters]
    del settings["password-file"]
    mesh("certs", "install", *words_of("step-ca", settings))
    assert [cluster.cacerts() for cluster in clusters] == before


def test_they_are_renewed_before_they_end(mesh, clusters, settings, tmp_path):
    words = words_of("step-ca", settings)
    mesh("certs", "install", *words, "--validity", "3d", "--yes")
    before = judged(clusters, tmp_path, "Acme Intermediate")
    mesh("certs", "verify", "--contexts", BOTH, expect=1)
    mesh("certs", "rotate", "--intermediate", *words, "--yes")
    after = judged(clusters, tmp_path, "Acme Intermediate")
    mesh("certs", "verify", "--contexts", BOTH)
    for old, new in zip(before, after):
        assert old["root-cert.pem"] == new["root-cert.pem"] and old["ca-cert.pem"] != new["ca-cert.pem"]
        openssl("x509", "-noout", "-checkend", str(300 * 86400), stdin=new["ca-cert.pem"])


def test_mesh_yaml_names_it(mesh, clusters, settings, tmp_path):
    lines = "".join(f"  {name}: {value}\n" for name, value in {"strategy": "step-ca", **settings}.items())
    (tmp_path / "mesh.yaml").write_text("clusters: [{context: game-agones}, {context: game-gke}]\ncerts:\n" + lines)
    mesh("certs", "install", "-f", str(tmp_path / "mesh.yaml"), "--yes")
    judged(clusters, tmp_path, "Acme Intermediate")


def test_the_password_is_asked_for_without_an_echo(mesh, clusters, settings, tmp_path):
    del settings["password-file"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(BINARY, [str(BINARY), "certs", "install", *words_of("step-ca", settings), "--yes"], {**mesh.environment, "TERM": "xterm"})
    seen, asked = b"", False
    try:
        while chunk := os.read(terminal, 65536):
            seen += chunk
            if not asked and b"step-ca: Password of the provisioner mesh: " in seen:
                asked = True
                while termios.tcgetattr(terminal)[3] & termios.ECHO:  # it goes off a moment after the question
                    time.sleep(0.01)
                os.write(terminal, PASSWORD.encode() + b"\n")
    except OSError:
        pass  # the other end is closed
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 and asked, seen.decode()
    assert PASSWORD.encode() not in seen
    judged(clusters, tmp_path, "Acme Intermediate")


REFUSALS = [
    ({"url": "https://127.0.0.1:1"}, 5, "does not answer"),
    ({"url": "http://127.0.0.1:1"}, 2, "url"),
    ({"fingerprint": "0" * 64}, 4, "has no root with the fingerprint 000"),
    ({"provisioner": "nobody"}, 5, "'nobody' not found"),
    ({"provisioner": "websites"}, 4, "makes certificates that are no CA"),
    ({"provisioner": "short-lived"}, 4, "more than the authorized maximum"),
    ({"password-file": "~/.step/wrong"}, 5, "your password is wrong"),
    ({"password-file": "~/.step/nothing"}, 2, "no such file"),
    ({"password-file": None}, 2, "there is no terminal to ask on: step-ca: Password of the provisioner mesh"),
]


@pytest.mark.parametrize("change, status, says", REFUSALS, ids=[f"{next(iter(row[0]))}: {row[2]}" for row in REFUSALS])
def test_it_is_refused_and_nothing_is_written(mesh, clusters, settings, change, status, says):
    settings = {name: value for name, value in {**settings, **change}.items() if value}
    refused(mesh, clusters, words_of("step-ca", settings), status, says, PASSWORD, "battery staple")


def test_an_intermediate_that_may_not_sign_cas_is_named(mesh, clusters, settings, server, company, tmp_path):
    with Server(server.program, tmp_path / "step-ca", company, company.sub("Acme Websites", 0), PASSWORD) as websites:
        refused(mesh, clusters, words_of("step-ca", {**settings, "url": websites.url}), 4, "(Acme Websites) may not sign other CAs")
