"""The archive for arm64 that a cross compiler made, run by qemu's emulator of that processor: from its start to real API servers.

What an emulator cannot show is the sandbox of a stranger's plugin: it asks a kernel of this machine, not of that."""

import hashlib
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "build/package"
SYSROOT = ROOT / "build/sysroot-arm64"
PROMISED_GLIBC = (2, 36)
BOTH = "game-agones,game-gke"


def run(*words, **more):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, **more)
    assert result.returncode == 0, f"{words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def archive():
    return next(PACKAGE.glob("kubectl-mesh_*_linux_arm64.tar.gz"))


@pytest.fixture(scope="module")
def tree(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("arm64")
    with tarfile.open(archive) as tar:
        tar.extractall(folder)
    return folder


@pytest.fixture()
def mesh(tree, tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": "", "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""}
    return lambda *words: run("qemu-aarch64", "-L", SYSROOT, tree / "bin/kubectl-mesh", *words, env=environment)


def elf_files(tree):
    return [file for file in tree.rglob("*") if file.is_file() and file.read_bytes()[:4] == b"\x7fELF"]


def test_all_of_it_is_for_that_machine_and_needs_the_promised_glibc(tree):
    own = {file.name for file in elf_files(tree)}
    assert {"kubectl-mesh", "libmesh-engine.so", "certs.so", "libcpprest.so.2.10", "libstdc++.so.6"} <= own
    for file in elf_files(tree):
        assert "AArch64" in run("readelf", "-h", file)
        for name in run("patchelf", "--print-needed", file).split():
            assert name in own or re.match(r"(ld-linux|lib(c|m|dl|rt|pthread|resolv)\.)", name), f"{file.name}: {name}"
        versions = re.findall(r"GLIBC_(\d+)\.(\d+)", run("readelf", "-V", file))
        assert max((tuple(map(int, version)) for version in versions), default=(0, 0)) <= PROMISED_GLIBC


def test_checksum_and_sbom_are_of_that_machine(archive):
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == Path(f"{archive}.sha256").read_text().split()[0]
    components = json.loads(Path(str(archive).replace(".tar.gz", ".cdx.json")).read_text())["components"]
    assert {"libcpprest2.10", "libssl3", "libstdc++6", "libboost-dev"} <= {component["name"] for component in components}
    assert all(component["purl"].endswith("?arch=arm64") for component in components)


def test_the_manifest_names_it(archive):
    text = (PACKAGE / "krew.yaml").read_text()
    assert "arch: arm64" in text and hashlib.sha256(archive.read_bytes()).hexdigest() in text


def test_it_carries_what_the_archive_of_this_machine_carries(tree):
    """Manifests are read out of the libraries of each machine; they say the same."""
    stage = ROOT / "build/stage"
    for file in stage.rglob("*.json"):
        assert (tree / file.relative_to(stage)).read_bytes() == file.read_bytes(), file.name
    assert {file.relative_to(stage) for file in stage.rglob("*")} <= {file.relative_to(tree) for file in tree.rglob("*")}


def test_it_starts_and_loads_its_engine(mesh):
    assert "arm64" in mesh("version")
    assert "certs" in mesh("--help") and "kubectl-mesh" in mesh("completion", "bash")
    assert {"certs", "helm", "dns", "serviceentry", "inject", "verify"} <= {item["name"] for item in json.loads(mesh("plugin", "list", "-o", "json"))["items"]}


@pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="wants the lab: tools/test arm64")
def test_it_works_on_clusters(mesh):
    for context in BOTH.split(","):  # what another suite has left there
        run("kubectl", "--context", context, "delete", "secret", "cacerts", "-n", "istio-system", "--ignore-not-found")
    mesh("certs", "install", "--contexts", BOTH, "--yes")
    mesh("certs", "install", "--contexts", BOTH, "--diff")  # status 1 if there were something to change
    mesh("certs", "verify", "--contexts", BOTH)
    for context in BOTH.split(","):
        run("kubectl", "--context", context, "get", "secret", "cacerts", "-n", "istio-system")
