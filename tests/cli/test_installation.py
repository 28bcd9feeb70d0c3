"""What is on PATH beside us: `completion install` and `doctor`, in a home of their own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ["MESH_BUILD"]).resolve()
PROGRAM = "kubectl_complete-mesh"
HELM_SAYS = 'version.BuildInfo{Version:"%s", GoVersion:"go1.22.1"}'


class World:
    """PATH is one folder of the operator's, with a kubectl-mesh, which krew would have linked there, and the programs that a test adds."""

    def __init__(self, home):
        self.home = home
        self.bin = home / "bin"
        self.bin.mkdir(parents=True)
        tree = home / "tree"
        (tree / "bin").mkdir(parents=True)
        for name in ("kubectl-mesh", PROGRAM):
            shutil.copy(BUILD / "bin" / name, tree / "bin" / name)
        shutil.copytree(BUILD / "lib", tree / "lib", copy_function=os.symlink)
        self.plugins = tree / "lib/kubectl-mesh/plugins"
        self.index = tree / "lib/kubectl-mesh/bundled-plugins.json"
        (self.bin / "kubectl-mesh").symlink_to(tree / "bin/kubectl-mesh")
        self.program("kubectl", 'echo "Client Version: v1.32.4"')
        self.program("helm", f"echo '{HELM_SAYS % 'v3.14.2'}'")

    def program(self, name, script, folder=None):
        path = (folder or self.bin) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def __call__(self, *words, expect=0, path=None):
        kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        environment = {**kept, "PATH": path or str(self.bin), "HOME": str(self.home)}
        result = subprocess.run([self.bin / "kubectl-mesh", *map(str, words)], env=environment, capture_output=True, text=True, timeout=60,
                                stdin=subprocess.DEVNULL)
        assert result.returncode == expect, f"{words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    def doctor(self, expect=0, path=None) -> dict:
        """By id: the findings that are no pass, or the first of all."""
        seen = {}
        for item in json.loads(self("doctor", "-o", "json", expect=expect, path=path).stdout)["items"]:
            if item["severity"] != "pass" or item["id"] not in seen:
                seen[item["id"]] = item
        return seen


@pytest.fixture()
def world(tmp_path):
    return World(tmp_path / "home")


def test_completion_is_put_where_kubectl_finds_it_once(world):
    file = world.bin / PROGRAM
    assert world("completion", "install", "--dry-run=client").stdout == f"~/bin/{PROGRAM} installed (dry run)\n"
    assert not file.exists()
    assert world("completion", "install").stdout == f"~/bin/{PROGRAM} installed\n"
    assert os.access(file, os.X_OK) and not file.is_symlink()
    before = file.stat()
    assert world("completion", "install").stdout == f"~/bin/{PROGRAM} unchanged\n"
    assert file.stat().st_ino == before.st_ino


def test_a_link_into_a_version_is_replaced_by_a_copy(world):
    (world.bin / PROGRAM).symlink_to(world.home / "tree/bin" / PROGRAM)
    assert world("completion", "install").stdout.endswith(" installed\n")
    assert not (world.bin / PROGRAM).is_symlink()
    assert world.doctor()["install/completion"]["severity"] == "pass"


def test_another_folder_is_asked_for_and_has_to_be_on_path(world):
    folder = world.home / "other"
    assert "no folder" in world("completion", "install", "--dir", folder, expect=2).stderr
    folder.mkdir()
    said = world("completion", "install", "--dir", folder)
    assert (folder / PROGRAM).exists() and "before ~/other is on PATH" in said.stderr
    assert "no folder of PATH is yours" in world("completion", "install", path="/nowhere", expect=4).stderr


def test_the_doctor_is_content_and_says_what_it_saw(world):
    world("completion", "install")
    seen = world.doctor()
    assert len(seen) == 9 and all("cluster" not in item for item in seen.values())
    assert {item["severity"] for name, item in seen.items() if name != "install/sandbox"} == {"pass"}
    assert seen["install/needed-programs"]["evidence"] == "~/bin/helm 3.14.2, for plugin helm"
    table = world("doctor").stdout
    assert table.startswith("RESULT") and "CLUSTER" not in table and table.endswith(" passed.\n")


def test_programs_that_are_in_the_way(world):
    other = world.program("kubectl-mesh", "", world.home / "first")
    world.program("kubectl-mesh-certs-install", "")
    seen = world.doctor(expect=1, path=f"{other.parent}:{world.bin}")
    assert seen["install/first-on-path"]["severity"] == "failure" and "~/first/kubectl-mesh" in seen["install/first-on-path"]["evidence"]
    assert "`kubectl mesh certs install`" in seen["install/words-are-ours"]["evidence"]
    behind = world.doctor(expect=1, path=f"{world.bin}:{other.parent}")["install/first-on-path"]
    assert behind["severity"] == "warning" and "never run" in behind["evidence"]


@pytest.mark.parametrize("script, evidence", [(f"echo '{HELM_SAYS % 'v3.9.4'}'", "is 3.9.4; it should be 3.13 or newer"),
                                              ("exit 1", "does not say which version"), (None, "helm is not on PATH")])
def test_a_program_that_a_plugin_needs_is_missing_or_old(world, script, evidence):
    (world.bin / "helm").unlink()
    if script:
        world.program("helm", script)
    seen = world.doctor()["install/needed-programs"]
    assert seen["severity"] == "warning" and evidence in seen["evidence"] and seen["fix"]


def test_a_kubectl_that_is_old(world):
    world.program("kubectl", 'echo "Client Version: v1.9.1"')
    assert "1.26 or newer" in world.doctor()["install/kubectl"]["evidence"]


def test_plugins_that_are_missing_or_broken(world):
    (world.plugins / "verify.so").unlink()
    (world.plugins / "helm.json").unlink()
    (world.plugins / "helm.json").write_text("{")
    seen = world.doctor(expect=1)
    assert "verify.so is missing" in seen["install/bundled-plugins"]["evidence"]
    assert seen["install/usable-plugins"]["severity"] == "failure"


@pytest.mark.skipif(not (BUILD / "examples/corp-ca.so").exists(), reason="wants a build with the examples")
def test_a_plugin_of_somebody_else(world):
    world("plugin", "install", BUILD / "examples/corp-ca.so")
    seen = world.doctor()["install/trusted-plugins"]
    assert seen["severity"] == "warning" and "plugin trust corp-ca" in seen["fix"]
    world("plugin", "trust", "corp-ca", "--yes")
    assert world.doctor()["install/trusted-plugins"]["severity"] == "pass"
    with (world.home / ".local/share/kubectl-mesh/plugins/corp-ca.so").open("ab") as library:
        library.write(b"\0")
    assert world.doctor(expect=1)["install/trusted-plugins"]["severity"] == "failure"


# ---- the index of the bundled plugins: kubectl-mesh/plugin/index.hpp ------------------------------

OUTLINED = ["", "--help", "-h", "help", "version", "completion bash", "__complete ", "__complete cer", "__complete certs ", "__complete certs install "]


@pytest.mark.parametrize("line", OUTLINED)
def test_the_index_shows_what_the_manifests_show(world, line):
    words = line.split(" ") if line else []
    with_index = world(*words).stdout
    world.index.unlink()
    assert world(*words).stdout == with_index


def test_what_only_the_manifest_says_is_read_from_it(world):
    index = json.loads(world.index.read_text())
    for extension in index["certs"]["provides"]:
        extension["summary"] = "out of the index"
        assert not extension.get("settings") and not any(verb.get("options") for verb in extension.get("verbs", []))
    world.index.unlink()
    world.index.write_text(json.dumps(index))
    assert "out of the index" in world("--help").stdout
    for words in (["certs", "--help"], ["plugin", "info", "certs", "-o", "json"], ["__complete", "certs", "install", "--"]):
        assert "out of the index" not in world(*words).stdout
    assert "--strategy" in world("certs", "install", "--help").stdout


def test_the_folder_says_which_plugins_there_are(world):
    for file in world.plugins.glob("verify.*"):
        file.unlink()
    assert "verify" not in world("version").stdout and "certs" in world("version").stdout
    for ending in (".json", ".so"):  # the second of a name: neither is used
        shutil.copy(world.plugins / f"certs{ending}", world.plugins / f"other{ending}")
    assert "Plugin certs" not in world("version").stdout


def test_a_list_of_plugins_needs_no_engine(world):
    (world.plugins.parent / "libmesh-engine.so").unlink()
    for format in ("wide", "name", "json", "yaml"):
        assert "certs" in world("plugin", "list", "-o", format).stdout
