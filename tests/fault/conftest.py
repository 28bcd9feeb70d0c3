"""One set of certificates per session, a world per test, and how much patience this machine needs."""

import subprocess
import time
from dataclasses import dataclass

import pytest

from pki import Authority, Pair
from world import BINARY, World


@dataclass
class Pki:
    ca: Authority
    stranger: Authority
    server_pair: Pair


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    ca = Authority(folder, "cluster CA")
    return Pki(ca, Authority(folder, "some other CA"), ca.server())


@pytest.fixture()
def world(tmp_path, pki):
    made = World(tmp_path, pki)
    yield made
    made.close()


@pytest.fixture()
def lone(tmp_path, pki):
    """A world of one cluster."""
    made = World(tmp_path, pki, names=("a",))
    yield made
    made.close()


@pytest.fixture(scope="session")
def slack():
    """Seconds that a run may take beyond what it waits for: measured, as sanitizers and a busy machine multiply it."""
    spans = []
    for _ in range(3):
        begun = time.monotonic()
        subprocess.run([BINARY, "version"], stdout=subprocess.DEVNULL, check=False)
        spans.append(time.monotonic() - begun)
    return 0.3 + 20 * max(spans)
