"""The pages for authors, top to bottom: each command as it stands, the questions answered.

`dns install` needs a cluster's DNS, which the fake clusters do not have."""

import shutil
import subprocess
from pathlib import Path

import pytest

from workshop import environment

PAGES = Path(__file__).resolve().parents[2] / "docs/plugins"


@pytest.mark.parametrize("page, tool", [("own-ca.md", "go"), ("own-dns.md", "cmake")])
def test_a_page_for_authors_works(world, page, tool):
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not on this machine: {page} is not tested")
    author = {**world.environment(), **environment(), "CCACHE_BASEDIR": str(world.folder)}
    commands = [line.strip() for line in (PAGES / page).read_text().splitlines() if line.startswith("    ")]
    assert len(commands) >= 7
    for command in (word for word in commands if " dns install " not in word):
        asks = " trust " in command or (" install " in command and "--strategy" in command and "--dry-run" not in command)
        words = command.replace("kubectl mesh", "kubectl-mesh") + (" --yes" if asks else "")
        result = subprocess.run(["bash", "-ec", words], cwd=world.folder, env=author, capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=600)
        # A plan that would change something says so by its status.
        assert result.returncode == 0, f"{page}: {command}\n{result.stdout[-3000:]}{result.stderr[-3000:]}"
