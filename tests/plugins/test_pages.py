"""The pages for authors, top to bottom: each command as it stands, the questions answered.

`dns install` needs a cluster's DNS, which the fake clusters do not have."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from workshop import environment

PAGES = Path(__file__).resolve().parents[2] / "docs/plugins"


def shell(world, command: str):
    author = {**world.environment(), **environment(), "CCACHE_BASEDIR": str(world.folder)}
    return subprocess.run(["bash", "-ec", command], cwd=world.folder, env=author, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=600)


def commands_of(page: str) -> list:
    return [line.strip() for line in (PAGES / page).read_text().splitlines() if line.startswith("    ")]


@pytest.mark.parametrize("page, tool", [("own-ca.md", "go"), ("own-dns.md", "cmake")])
def test_a_page_for_authors_works(world, page, tool):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not on this machine: {page} is not tested")
    commands = commands_of(page)
    assert len(commands) >= 7
    for command in (word for word in commands if " dns install " not in word):
        asks = " trust " in command or (" install " in command and "--strategy" in command and "--dry-run" not in command)
        words = command.replace("kubectl mesh", "kubectl-mesh") + (" --yes" if asks else "")
        result = shell(world, words)
        # A plan that would change something says so by its status.
        assert result.returncode == 0, f"{page}: {command}\n{result.stdout[-3000:]}{result.stderr[-3000:]}"


# Where gdb has to stop, by a word of the command: the function, and the file that it is in.
STOPS = {"break look_at": ("look_at", "plugin.cpp"), "break main.lookAt": ("main.lookAt", "plugin.go"), "break plugin::look_at": ("plugin::look_at", "lib.rs")}


def test_the_page_on_debugging_works(world):
    missing = [tool for tool in ("gdb", "cmake", "go", "cargo") if not shutil.which(tool)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"{', '.join(missing) or 'root'} is not here: debugging.md is not tested")
    stops = 0
    for command in commands_of("debugging.md"):
        result = shell(world, command.replace("kubectl mesh", "kubectl-mesh"))
        said = result.stdout + result.stderr
        assert result.returncode == 0, f"{command}\n{said[-3000:]}"
        for word, (function, file) in STOPS.items():
            if f'"{word}"' in command:
                stops += 1
                assert re.search(rf"^#0 .*{function} .* at .*{file}:\d+$", said, re.MULTILINE), f"{command}\n{said[-3000:]}"
    assert stops == 4
