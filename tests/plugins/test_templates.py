"""Every template of `plugin new`: written, built and tested as its README.md says, then used through the real host.

Rust and Go fetch what they need once; where a language's tool is missing its templates are skipped, and counted so."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from world import BINARY

TOOLS = {"cpp": "cmake", "c": "make", "go": "go", "rust": "cargo"}
OFFERED = [(language, point) for language in TOOLS for point in ("check", "command", "dns", "ca")
           if (language, point) not in (("c", "dns"), ("c", "ca"))]
STAGE = BINARY.resolve().parents[1]


def author(folder, *words):
    """Who writes a plugin has his own tools and caches, and kubectl mesh on PATH."""
    environment = {**os.environ, "PATH": f"{STAGE}/bin:{os.environ['PATH']}", "GOFLAGS": "-buildvcs=false",
                   "CARGO_TARGET_DIR": str(folder / "target"), "CMAKE_PREFIX_PATH": str(STAGE)}
    result = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, f"{words}\n{result.stdout[-4000:]}{result.stderr[-4000:]}"
    return result.stdout


def commands(page):
    return [line.strip() for line in page.read_text().splitlines() if line.startswith("    ")]


def built(world, language, point):
    """The library of a template, made by the commands of its README; those of kubectl mesh are what the test is about."""
    if not shutil.which(TOOLS[language]):
        pytest.skip(f"{TOOLS[language]} is not on this machine: templates in {language} are not tested")
    name, project = f"my-{point}", world.folder / "project"
    made = world.run("plugin", "new", name, "--point", f"{point}/1", "--lang", language, "--output-dir", str(project))
    assert made.code == 0, made.said
    words = commands(project / "README.md")
    for command in (word for word in words if not word.startswith("kubectl mesh")):
        author(project, "bash", "-ec", command)
    install = next(word for word in words if word.startswith("kubectl mesh plugin install"))
    return name, project / install.split()[-1]


def trusted(world, library):
    done = world.run("plugin", "install", str(library), "--trust", "--yes")
    assert done.code == 0, done.said


# Go's runtime has signal handlers of its own; its template says so.
KNOWN = {"go": {"surroundings/signals"}}


def judged(library, language):
    """By the conformance kit."""
    result = subprocess.run([BINARY, "plugin", "check", library, "-o", "json"], capture_output=True, text=True, timeout=300)
    failures = {item["id"]: item["evidence"] for item in json.loads(result.stdout)["items"] if item["severity"] == "failure"}
    assert failures.keys() == KNOWN.get(language, set()), failures


def use_check(world, name):
    result = world.run("verify", "--contexts", world.contexts, "--only", name, "-o", "json")
    findings = [item for item in json.loads(result.out)["items"] if item["id"] == f"{name}/config-maps-fit"]
    assert [(item["cluster"], item["severity"]) for item in findings] == [("a", "pass"), ("b", "pass")], result.said


def use_command(world, name):
    result = world.run(name, "list", "--contexts", world.contexts, "-o", "json")
    assert result.code == 0, result.said
    rows = {(item["cluster"], item["name"]) for item in result.document()["items"]}
    assert {("a", "default"), ("b", "kube-system")} <= rows


def use_ca(world, name):
    result = world.run("certs", "install", "--contexts", world.contexts, "--strategy", name, "--yes", timeout=120)
    assert result.code == 0, result.said
    kept = world.home / f".local/share/kubectl-mesh/store/{name}/root.pem"
    for cluster in world.clusters.values():
        intermediate = world.folder / f"{cluster.name}.pem"
        intermediate.write_text(cluster.kube.secret("ca-cert.pem"))
        checked = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", kept, intermediate], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
    again = world.run("certs", "install", "--contexts", world.contexts, "--strategy", name, "--yes", timeout=120)
    assert again.code == 0 and "nothing" in again.said.lower(), again.said


def use_dns(world, name):
    """The clusters here have no DNS; that it answers in the helper process is seen, its edit is the project's own test."""
    assert f"dns/1:{name}" in world.run("plugin", "info", name).out


@pytest.mark.parametrize("language, point", OFFERED)
def test_a_template_builds_and_works(world, language, point):
    name, library = built(world, language, point)
    judged(library, language)
    trusted(world, library)
    {"check": use_check, "command": use_command, "ca": use_ca, "dns": use_dns}[point](world, name)


@pytest.mark.parametrize("point", ["ca", "dns"])
def test_what_is_not_offered_is_refused_in_words(world, point):
    result = world.run("plugin", "new", "my-plugin", "--point", f"{point}/1", "--lang", "c")
    assert result.code == 2 and f"{point}/1 can be begun in cpp, go, rust" in result.err
    assert not (world.folder / "my-plugin").exists()


@pytest.mark.parametrize("name", ["My-CA", "1ca", "-ca", "../ca", "a b", "", "c" * 64])
def test_a_name_that_no_plugin_can_have_is_refused(world, name):
    result = world.run("plugin", "new", "--point", "check/1", "--lang", "c", "--", name)
    assert result.code == 2 and result.err.count("error:") == 1, result.said


def test_nothing_is_written_over(world):
    begin = ("plugin", "new", "mine", "--point", "check/1", "--lang", "c")
    assert world.run(*begin).code == 0
    before = (world.folder / "mine/plugin.c").read_text()
    again = world.run(*begin)
    assert again.code == 2 and "is there already" in again.err
    assert (world.folder / "mine/plugin.c").read_text() == before and "@NAME@" not in before


def test_what_is_missing_is_said(world):
    result = world.run("plugin", "new", "mine", "--lang", "c")
    assert result.code == 2 and "--point is missing" in result.err
