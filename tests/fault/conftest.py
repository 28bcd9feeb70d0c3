"""One set of certificates per session, and a world per test."""

import os
from dataclasses import dataclass

import pytest

from pki import Authority, Pair
from world import World

# What a kernel denies a thread of a C plugin is no affair of the thread sanitizer, and there are 700 attempts.
collect_ignore = ["test_confinement.py"] if os.environ["MESH_BUILD"].endswith("tsan") else []


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
