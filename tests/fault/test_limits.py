"""F31, F41: descriptors or memory run out."""

import os
from pathlib import Path

import pytest


@pytest.mark.parametrize("most", [*range(12, 64, 4), 63])
def test_too_few_descriptors_are_named_before_anything_is_asked(world, most):
    result = world.run("certs", "install", "--contexts", "a,b", "--yes", wrapper=("prlimit", f"--nofile={most}"))
    if result.code == 127:
        pytest.skip("the loader itself has too few")
    assert result.code == 1, (result.code, result.said)
    # With the fewest the libraries of the engine cannot be opened, which the loader says.
    assert f"may have only {most} files open" in result.err or "Too many open files" in result.err, result.said
    assert not any(cluster.server.requests for cluster in world.clusters.values())


@pytest.mark.parametrize("limits", ["64", "20:64", "20:"])
def test_what_this_process_may_allow_itself_is_enough(world, limits):
    done = world.run("certs", "install", "--contexts", "a,b", "--yes", wrapper=("prlimit", f"--nofile={limits}"))
    assert done.code == 0, done.said


@pytest.mark.skipif(Path(os.environ["MESH_BUILD"]).name in ("asan", "tsan"), reason="the sanitizers need terabytes of addresses")
@pytest.mark.parametrize("mib", [25, 34, 100])
def test_without_memory_nothing_is_half_written(world, mib):
    """F41: what fails first depends on the machine's libraries; what is left behind does not."""
    starved = world.run("certs", "install", "--contexts", "a,b", "--yes", wrapper=("prlimit", f"--as={mib << 20}"), timeout=300)
    assert "PRIVATE KEY" not in starved.said
    assert world.install().code == 0
    assert len({cluster.kube.secret("root-cert.pem") for cluster in world.clusters.values()}) == 1
