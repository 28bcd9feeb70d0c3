"""A lab per test that wants one, each with a state directory of its own; the cache of built programs is the user's."""

import json
import os
import subprocess
from pathlib import Path

import pytest

LAB = Path(__file__).resolve().parents[2] / "lab" / "lab"


class Lab:
    def __init__(self, directory):
        self.directory = directory
        self.env = {**os.environ, "LAB_DIR": str(directory)}
        self.env.pop("LAB_AUDIT", None)

    def __call__(self, *words, ok=True, **more):
        result = subprocess.run([LAB, *words], env={**self.env, **more}, capture_output=True, text=True, timeout=180,
                                stdin=subprocess.DEVNULL)
        assert not ok or result.returncode == 0, result.stderr
        return result

    def kubectl(self, context, *words):
        return self("exec", "--", "kubectl", "--context", context, *words).stdout.strip()

    def status(self):
        return json.loads(self("status", "-o", "json", ok=False).stdout)

    def pids(self):
        """Process name -> pid, as recorded."""
        status = self.status()
        return {p["name"]: p["pid"] for p in [status["etcd"], *(p for c in status["clusters"] for p in c["processes"])]}


def runs(pid):
    """A zombie does not run: it waits for a parent to read its status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Two clusters that the tests of a module share, in the order they stand there."""
    made = Lab(tmp_path_factory.mktemp("lab") / "state")
    try:
        made("up", "2", "--audit")
        yield made
    finally:
        made("down")


@pytest.fixture()
def bare(tmp_path):
    """A lab that is not up yet; the test brings up what it needs, bare to be quick."""
    made = Lab(tmp_path / "state")
    yield made
    made("down")
