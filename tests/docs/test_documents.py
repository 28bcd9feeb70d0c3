"""README and docs by running: the demo shows what README says that it shows, and every command of the documents works.

In a lab of its own, with the build that is shipped."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ENVIRONMENT = {**os.environ, "LAB_DIR": str(ROOT / "build/docs-lab")}
ENVIRONMENT.pop("KUBECONFIG", None)
# Run by other means: CI is tools/test itself, tools/lint a part of it; the benchmarks have their own hours.
RUN_ELSEWHERE = {"tools/test", "tools/build", "tools/format", "tools/lint", "lab/lab", "tools/demo",
                 "tools/package"}


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


def plain(text: str) -> list:
    """Lines without what differs from run to run: fingerprints, dates, run numbers, and the folder of the checkout."""
    text = text.replace(str(ROOT), "~/kubectl-mesh")
    for pattern, word in ((r"\b[0-9a-f]{2}(:[0-9a-f]{2}){7}\b", "FINGERPRINT"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE"),
                          (r"\d{8}-\d{6}-\d{3}-[0-9a-f]{4}", "RUN"), (r"\b(36[0-9]|364\d|365\d)\b", "DAYS"), (r" +", " ")):
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


def test_readme_shows_what_the_demo_shows(demo):
    shown = next(block for block in code_blocks(ROOT / "README.md") if block[0].startswith("$ kubectl mesh certs install"))
    said = plain(demo)
    for line in plain("\n".join(shown)):
        assert line == "..." or line in said, line


MESH_COMMANDS = [(document.name, command) for document in DOCUMENTS for command in commands_of(document) if command.startswith("kubectl mesh")]


@pytest.mark.parametrize("document, command", MESH_COMMANDS, ids=[f"{name}: {command}" for name, command in MESH_COMMANDS])
def test_a_command_of_the_documents_works(demo, document, command):
    """In the shell that `tools/demo --env` makes, as the reader has it. What would ask is answered beforehand."""
    changes = re.search(r"\b(install|rotate|remove|undo)\b", command) and "dry-run" not in command and "--list" not in command
    consent = " --yes" if changes and "--yes" not in command else ""
    result = run("bash", "-ec", f'eval "$(tools/demo --env)"; {command}{consent}')
    assert result.returncode == 0, f"{document}: {command}\n{result.stdout}{result.stderr}"


def test_every_other_command_names_something_that_is_there():
    for document in DOCUMENTS:
        for command in commands_of(document):
            program = shlex.split(command, comments=True)[0]
            if program in ("kubectl", "eval"):
                continue
            assert os.access(ROOT / program, os.X_OK), f"{document.name}: {command}"
            assert program in RUN_ELSEWHERE, f"{document.name}: who runs {command}?"
