"""What is published, in the hands of the real krew and kubectl, without a network; the last test wants the lab's clusters.

The build is build/stage: the archive is what tools/package makes of it."""

import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "build/package"
HERE = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
OLD, NEW = "0.1.0", "0.1.1"
NOWHERE = "https://download.invalid"
PROMISED_GLIBC = (2, 36)
MOST_BYTES = 15 * 2**20
BOTH = "game-agones,game-gke"
KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: game-agones, context: {cluster: a}}]
"""
sys.path.insert(0, str(ROOT / "lab"))
sys.dont_write_bytecode = True
from lablib import build  # noqa: E402


def run(*words, expect=0, **more):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, **more)
    assert result.returncode == expect, f"{words}: {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def archive(version):
    return PACKAGE / f"kubectl-mesh_{version}_linux_{HERE}.tar.gz"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Both versions from one build; their manifests, and the index of the newer."""
    folder = tmp_path_factory.mktemp("packed")
    manifests = {}
    for version in (OLD, NEW):
        run(ROOT / "tools/package", "--no-build", version, "--index", folder / "index", "--download", NOWHERE)
        manifests[version] = folder / version / "mesh.yaml"
        manifests[version].parent.mkdir()
        manifests[version].write_text((PACKAGE / "krew.yaml").read_text())
    return manifests, folder / "index"


@pytest.fixture(scope="module")
def environment(packed, tmp_path_factory):
    """One operator: his own folders, the lab's kubectl, the real krew, whose default index is one on this machine."""
    home = tmp_path_factory.mktemp("home")
    tools = build.ensure(["kubebox", "krew"])
    krew = home / "krew"
    path = [krew / "bin", tools["krew"], tools["kubebox"], "/usr/bin", "/bin"]
    kept = {"KUBECONFIG": os.environ["KUBECONFIG"]} if "KUBECONFIG" in os.environ else {}
    made = {"HOME": str(home), "KREW_ROOT": str(krew), "PATH": ":".join(map(str, path)), "KREW_NO_UPGRADE_CHECK": "1",
            "KREW_DEFAULT_INDEX_URI": str(packed[1]), **kept}
    run("kubectl", "krew", "update", env=made)  # without an index krew takes nothing away
    return made


def install(packed, environment, version):
    run("kubectl", "krew", "install", "--manifest", packed[0][version], "--archive", archive(version), env=environment)


@pytest.fixture()
def served():
    """The address of build/package."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=PACKAGE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def publish(version, index, address):
    run(ROOT / "tools/package", "--no-build", version, "--index", index, "--download", address)


@pytest.fixture()
def installed(packed, environment):
    install(packed, environment, OLD)
    yield environment
    run("kubectl", "krew", "uninstall", "mesh", env=environment)


def test_the_archive_is_what_krew_takes(packed):
    with tarfile.open(archive(NEW)) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]
    assert all(member.isreg() or member.isdir() for member in members)
    assert all((member.uid, member.gid) == (0, 0) for member in members)
    assert {"LICENSE", "THIRD-PARTY", "bin/kubectl-mesh"} <= set(names) and names == sorted(names, key=lambda name: Path(name))
    assert archive(NEW).stat().st_size < MOST_BYTES
    assert hashlib.sha256(archive(NEW).read_bytes()).hexdigest() == Path(f"{archive(NEW)}.sha256").read_text().split()[0]
    short = re.search(r"shortDescription: (.*)", packed[0][NEW].read_text()).group(1)
    assert len(short) <= 50


def test_packing_twice_gives_the_same_bytes(packed):
    first = archive(NEW).read_bytes()
    run(ROOT / "tools/package", "--no-build", NEW)
    assert archive(NEW).read_bytes() == first


def test_it_needs_the_promised_glibc_and_nothing_else(packed, tmp_path):
    with tarfile.open(archive(NEW)) as tar:
        tar.extractall(tmp_path)
    wanted = set()
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        if file.read_bytes()[:4] != b"\x7fELF":
            continue
        symbols = run("objdump", "-T", file)
        wanted |= {tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_(\d+\.\d+)", symbols)}
        for name, path in re.findall(r"(\S+) => (\S+)", run("ldd", file)):
            assert path.startswith(str(tmp_path)) or re.match(r"(ld-linux|lib(c|m|dl|rt|pthread|resolv)\.)", name), f"{file}: {name}"
    assert max(wanted) <= PROMISED_GLIBC


def test_the_sbom_names_every_library(packed):
    document = json.loads(Path(str(archive(NEW)).replace(".tar.gz", ".cdx.json")).read_text())
    assert document["bomFormat"] == "CycloneDX"
    named = {component["name"] for component in document["components"]}
    assert {"libcpprest2.10", "libssl3", "libyaml-cpp0.7", "libstdc++6", "libboost-dev"} <= named
    assert all(component["version"] for component in document["components"])
    licenses = {component["name"]: component["licenses"] for component in document["components"]}
    assert licenses["libssl3"] == [{"license": {"id": "Apache-2.0"}}]
    assert licenses["libstdc++6"] == [{"expression": "GPL-3.0-or-later WITH GCC-exception-3.1"}]


def test_the_manifest_says_only_what_it_was_told(packed):
    for template in (ROOT / "krew.yaml").read_text(), packed[0][NEW].read_text():
        assert re.findall(r"https?://[^/\s]+", template) in ([], [NOWHERE])
    assert "homepage" not in packed[0][NEW].read_text()
    run(ROOT / "tools/package", "--no-build", NEW, "--homepage", "https://mesh.invalid", "--download", NOWHERE + "/v")
    text = (PACKAGE / "krew.yaml").read_text()
    assert "  homepage: https://mesh.invalid\n" in text and f"    uri: {NOWHERE}/v/{archive(NEW).name}\n" in text
    run(ROOT / "tools/package", "--no-build", NEW, "--index", "nowhere", expect=1)


def test_an_archive_of_another_machine_is_a_platform_of_the_manifest(packed):
    other = "arm64" if HERE == "amd64" else "amd64"
    theirs = PACKAGE / f"kubectl-mesh_{NEW}_linux_{other}.tar.gz"
    theirs.write_bytes(b"built elsewhere")
    try:
        run(ROOT / "tools/package", "--no-build", NEW)
        text = (PACKAGE / "krew.yaml").read_text()
    finally:
        theirs.unlink()
    assert re.findall(r"arch: (\S+)", text) == ["amd64", "arm64"] and hashlib.sha256(b"built elsewhere").hexdigest() in text


def test_kubectl_finds_what_krew_installed(installed):
    assert "kubectl-mesh" in run("kubectl", "plugin", "list", env=installed)
    run("kubectl", "mesh", "version", env=installed)
    assert "kubectl mesh" in run("kubectl", "mesh", "--help", env=installed)


def test_kubectl_completes(installed):
    """What `completion install` does is enough, through real kubectl; it is no link into a version's folder."""
    (Path(installed["HOME"]) / "config").write_text(KUBECONFIG)
    environment = {**installed, "KUBECONFIG": str(Path(installed["HOME"]) / "config")}

    def complete(*words):
        return run("kubectl", "__complete", "mesh", *words, env=environment).splitlines()

    program = Path(installed["KREW_ROOT"]) / "bin/kubectl_complete-mesh"
    assert "certs" not in "".join(complete("ce"))
    assert run("kubectl", "mesh", "completion", "install", "--dry-run=client", env=environment).endswith("installed (dry run)\n")
    assert not program.exists()
    assert run("kubectl", "mesh", "completion", "install", env=environment) == "~/krew/bin/kubectl_complete-mesh installed\n"
    assert run("kubectl", "mesh", "completion", "install", env=environment) == "~/krew/bin/kubectl_complete-mesh unchanged\n"
    assert program.is_file() and not program.is_symlink()
    assert [line.split("\t")[0] for line in complete("ce")] == ["certs", ":4"]
    assert "install" in [line.split("\t")[0] for line in complete("certs", "in")]
    assert "--contexts" in [line.split("\t")[0] for line in complete("certs", "install", "--cont")]
    assert complete("certs", "install", "--contexts", "game-a") == ["game-agones", ":6"]
    program.unlink()


def test_the_doctor_is_content(installed):
    told = json.loads(run("kubectl", "mesh", "doctor", "-o", "json", env=installed))
    seen = {item["id"]: item["severity"] for item in told["items"]}
    assert seen["install/first-on-path"] == seen["install/kubectl"] == seen["install/bundled-plugins"] == "pass"
    assert seen["install/completion"] == "warning"


def test_an_index_of_our_own(packed, environment):
    run("kubectl", "krew", "index", "add", "own", packed[1], env=environment)
    assert "own/mesh" in run("kubectl", "krew", "search", "mesh", env=environment)
    run("kubectl", "krew", "index", "remove", "own", env=environment)


def test_upgrade_keeps_the_operators_data_and_uninstall_leaves_nothing(packed, environment, served, tmp_path):
    """As from a company's index: its next commit is the upgrade. The archives' address is one on loopback."""
    publish(OLD, tmp_path / "index", served)
    run("kubectl", "krew", "index", "add", "own", tmp_path / "index", env=environment)
    run("kubectl", "krew", "install", "own/mesh", env=environment)
    own = Path(environment["HOME"]) / ".local/share/kubectl-mesh/store/kept"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("the operator's")
    publish(NEW, tmp_path / "index", served)
    run("kubectl", "krew", "upgrade", "mesh", env=environment)
    root = Path(environment["KREW_ROOT"])
    assert [folder.name for folder in (root / "store/mesh").iterdir()] == [f"v{NEW}"]
    run("kubectl", "mesh", "version", env=environment)
    assert own.read_text() == "the operator's"
    own.unlink()
    run("kubectl", "krew", "uninstall", "mesh", env=environment)
    run("kubectl", "krew", "index", "remove", "own", env=environment)
    assert not list(root.glob("store/mesh")) and not list(root.glob("bin/kubectl-mesh")) and not list(root.glob("receipts/mesh.yaml"))


@pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="wants the lab: lab/lab exec -- pytest tests/package")
def test_it_works_on_clusters(installed):
    for context in BOTH.split(","):  # what another suite has left there
        run("kubectl", "--context", context, "delete", "secret", "cacerts", "-n", "istio-system", "--ignore-not-found", env=installed)
    run("kubectl", "mesh", "certs", "install", "--contexts", BOTH, "--dry-run=client", env=installed)
    run("kubectl", "mesh", "certs", "install", "--contexts", BOTH, "--yes", env=installed)
    for context in BOTH.split(","):
        run("kubectl", "--context", context, "get", "secret", "cacerts", "-n", "istio-system", env=installed)
