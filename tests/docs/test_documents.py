"""README and docs by running: the demo shows what README says that it shows, and every command of the documents works.

In a lab of its own, with the build that is shipped."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CHECKS = ROOT / "docs" / "checks"
PLUGINS = ROOT / "docs" / "plugins" / "using.md"
# Told from their first line to their last: the one for who uses plugins below, those for authors in tests/plugins.
STORIES = {PLUGINS, PLUGINS.with_name("own-ca.md"), PLUGINS.with_name("own-dns.md"), PLUGINS.with_name("debugging.md")}
ENVIRONMENT = {**os.environ, "LAB_DIR": str(ROOT / "build/docs-lab")}
ENVIRONMENT.pop("KUBECONFIG", None)
# Run by other means: CI is tools/test itself, tools/lint a part of it; the benchmarks have their own hours.
RUN_ELSEWHERE = {"tools/test", "tools/build", "tools/format", "tools/lint", "lab/lab", "tools/demo", "tools/package",
                 "tools/generate", "tools/reproduce", "bench/run"}
MESH_ALLOWED = subprocess.run(["unshare", "-Urnmp", "--fork", "--kill-child", "--mount-proc", "true"], capture_output=True).returncode == 0


def run(*words, **more):
    return subprocess.run(words, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=900, **more)


@pytest.fixture(scope="module")
def demo():
    """The demo from nothing, and its words."""
    run("rm", "-rf", "build/demo")
    result = run("tools/demo")
    assert result.returncode == 0, result.stdout + result.stderr
    yield result.stdout
    run("lab/lab", "down")


def needs_mesh():
    if not MESH_ALLOWED:
        pytest.skip("user namespaces are forbidden on this machine")


def plain(text: str) -> list:
    """Lines without what differs from run to run: fingerprints, dates, run numbers, names of pods, addresses, and the folder."""
    text = text.replace(str(ROOT), "~/kubectl-mesh")
    for pattern, word in ((r"\b[0-9a-f]{2}(:[0-9a-f]{2}){7}\b", "FINGERPRINT"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE"),
                          (r"\d{8}-\d{6}-\d{3}-[0-9a-f]{4}", "RUN"), (r"\b(36[0-9]|364\d|365\d)(?=d?\b)", "DAYS"),
                          (r"\b(\d{1,3}\.){3}\d{1,3}\b", "ADDRESS"), (r"\bapp1-[0-9a-z]+-[0-9a-z]{5}\b", "POD"),
                          (r"Hash=[0-9a-f]+", "HASH"), (r" +", " ")):
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def code_blocks(document: Path) -> list:
    """Every block of lines that are indented by four."""
    blocks, block = [], []
    for line in [*document.read_text().splitlines(), "end"]:
        if line.startswith("    "):
            block.append(line[4:])
        elif line.strip() or not block:
            if block:
                blocks.append(block)
            block = []
        else:
            block.append("")
    return blocks


def commands_of(document: Path) -> list:
    """What a reader would type: lines that begin with one of our programs, as they stand or behind a `$`."""
    commands = []
    for block in code_blocks(document):
        for line in block:
            words = re.sub(r"\s{2,}#.*", "", line.removeprefix("$ ")).strip()
            if re.match(r"(kubectl mesh|tools/|lab/lab|bench/|eval )", words):
                commands.append(words)
    return commands


def run_of_the_demo() -> list:
    return next(block for block in code_blocks(ROOT / "README.md") if block[0].startswith("$ kubectl mesh init"))


def test_no_document_hides_its_commands_in_a_fence():
    for document in DOCUMENTS:
        assert "```" not in document.read_text(), f"{document.name}: indent code by four, so that its commands are run"


def test_readme_shows_what_the_demo_shows(demo):
    needs_mesh()
    said = plain(demo)
    for line in plain("\n".join(run_of_the_demo())):
        assert line == "..." or line.endswith(" ...") and any(other.startswith(line[:-4]) for other in said) or line in said, line


def ids_of_the_documents() -> set:
    return {found for page in CHECKS.glob("*.md") for found in re.findall(r"^## ([a-z]+/[a-z0-9-]+)$", page.read_text(), re.MULTILINE)}


def test_each_id_that_verify_shows_has_its_section(demo):
    needs_mesh()
    result = run("bash", "-ec", 'eval "$(tools/demo --env)"; kubectl mesh verify --contexts game-agones,game-gke --objects-only -o json || [ $? = 1 ]')
    assert {item["id"] for item in json.loads(result.stdout)["items"]} <= ids_of_the_documents()


def changes(command: str) -> bool:
    return bool(re.search(r"\b(up|down|install|uninstall|upgrade|rotate|export|sync|enable|disable|restart|remove|undo)\b", command)
                and not re.search(r"--dry-run|--diff|--list|--help|mesh completion", command))


def order(entry) -> int:
    """First those that only look, then those that change something; the one that takes the mesh down is the last."""
    command = entry[1]
    return 2 if changes(command) and "mesh down" in command else 1 if changes(command) else 0


def mesh_commands() -> list:
    """Each command once, wherever it is shown; those of the demo's own run have been run by it."""
    shown = {line.removeprefix("$ ") for line in run_of_the_demo() if line.startswith("$ ")}
    found = {}
    for document in [page for page in DOCUMENTS if page not in STORIES]:
        for command in commands_of(document):
            if command.startswith("kubectl mesh") and command not in shown:
                found.setdefault(command, document.name)
    return sorted(((name, command) for command, name in found.items()), key=order)


MESH_COMMANDS = mesh_commands()


@pytest.mark.parametrize("document, command", MESH_COMMANDS, ids=[f"{name}: {command}" for name, command in MESH_COMMANDS])
def test_a_command_of_the_documents_works(demo, document, command):
    """In the shell that `tools/demo --env` makes, as the reader has it; `mesh.yaml` is the demo's. What would ask is answered."""
    needs_mesh()
    consent = " --yes" if changes(command) and "--yes" not in command else ""
    result = run("bash", "-ec", f'eval "$(tools/demo --env)"; [[ "{command}" == *build/demo/* ]] || cd build/demo; {command}{consent}')
    # doctor is right to find the demo's wrapper in front of the program itself.
    well = (0, 1) if command.endswith(" doctor") else (0,)
    assert result.returncode in well, f"{document}: {command}\n{result.stdout}{result.stderr}"


def test_the_life_of_a_plugin(tmp_path):
    """The page for who uses plugins of others, top to bottom, with the one in plain C."""
    subprocess.run(["cc", "-shared", "-fPIC", "-I", ROOT / "sdk/include", ROOT / "sdk/examples/minimal-c/minimal.c", "-o", tmp_path / "minimal.so"], check=True)
    environment = {"PATH": f"{ROOT}/build/stage/bin:{os.environ['PATH']}", "HOME": str(tmp_path)}
    commands = commands_of(PLUGINS)
    assert len(commands) > 5
    for command in commands:
        words = shlex.split(command.replace("kubectl mesh", "kubectl-mesh")) + (["--yes"] if " trust " in command else [])
        result = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"


def test_after_the_last_command_nobody_answers_any_more(demo):
    needs_mesh()
    assert any(order(entry) == 2 for entry in MESH_COMMANDS)
    assert run("lab/lab", "call", "game-gke/app2", "http://app1.default.global:8000/", "--timeout", "2").returncode != 0


def test_each_check_has_its_section_and_each_section_its_check():
    ids = set()
    for source in [*(ROOT / "plugins").rglob("*.cpp"), ROOT / "kubectl-mesh/run/doctor.cpp"]:
        # An id stands first in its row, or is set as a finding's; API groups stand so, too.
        ids |= set(re.findall(r"""(?:\{|\.id = )"([a-z]+/[a-z][a-z0-9-]+)"[,}]?""", source.read_text()))
    ids = {found for found in ids if not re.search(r"/v\d", found)}
    assert len(ids) > 50
    assert ids_of_the_documents() == ids


def test_every_other_command_names_something_that_is_there():
    for document in DOCUMENTS:
        for command in commands_of(document):
            program = shlex.split(command, comments=True)[0]
            if program in ("kubectl", "eval"):
                continue
            assert os.access(ROOT / program, os.X_OK), f"{document.name}: {command}"
            assert program in RUN_ELSEWHERE, f"{document.name}: who runs {command}?"
