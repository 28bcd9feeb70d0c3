"""The fake clusters of tests/fault, for plugins that authors begin with."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fault"))

from pki import Authority  # noqa: E402
from world import World  # noqa: E402


class Pki:
    def __init__(self, folder):
        self.ca = Authority(folder, "cluster CA")
        self.server_pair = self.ca.server()


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture()
def world(tmp_path, pki):
    made = World(tmp_path, pki)
    yield made
    made.close()
