"""A disk that fails at the n-th call, for every n: the root is whole on disk before any cluster hears of it."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from world import World

TRACE = ["strace", "-f", "-qq", "--seccomp-bpf"]
CALLS = [("fsync", "EIO"), ("fsync", "ENOSPC"), ("write", "ENOSPC"), ("linkat", "EDQUOT"), ("mkdir", "EROFS")]


def traceable():
    if not shutil.which("strace"):
        return False
    return subprocess.run([*TRACE, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


needs_strace = pytest.mark.skipif(not traceable(), reason="strace is missing or may not trace here")


def count_calls(world, call):
    log = world.folder / "calls"
    result = world.install(wrapper=[*TRACE, "-e", f"trace={call}", "-o", str(log)])
    assert result.code == 0, result.said
    return len(re.findall(rf"\b{call}\(", log.read_text()))


def fail_at(world, call, error, number):
    """What is wrong after the n-th call failed; "" if all is well."""
    wrapper = [*TRACE, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}", "-o", "/dev/null"]
    result = world.install(wrapper=wrapper)
    if result.code not in (0, 1, 2, 3):
        return f"ended with {result.code}: {result.said}"
    if world.writes() and not world.root_file.exists():
        return "a cluster was written to, and the root is not on the disk"
    if result.code in (1, 2) and world.writes():
        return f"{result.code} means that nothing was written: {result.said}"
    litter = [path for path in world.private_files() if re.search(r"/\.[^/]*$", str(path)) and "kubectl-mesh" in str(path)]
    if litter:
        return f"left behind: {litter}"
    again = world.install()
    if again.code != 0:
        return f"the rerun ended with {again.code}: {again.said}"
    roots = {cluster.kube.secret("root-cert.pem") for cluster in world.clusters.values()}
    if len(roots) != 1 or roots.pop() not in world.root_file.read_text():
        return "the root of the clusters is not the one on the disk"
    return ""


@needs_strace
@pytest.mark.parametrize("call, error", CALLS)
def test_any_one_call_that_fails_is_survived(tmp_path, pki, call, error):
    """F28, F29."""

    def trial(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(folder, pki)
        try:
            return fail_at(world, call, error, number) if number else count_calls(world, call)
        finally:
            world.close()

    count = trial(0)
    with ThreadPoolExecutor(4) as pool:
        verdicts = dict(enumerate(pool.map(trial, range(1, count + 1)), 1))
    assert count >= 1 and {number: verdict for number, verdict in verdicts.items() if verdict} == {}


def test_a_full_disk_is_named_and_nothing_is_sent(world):
    """No file may grow at all: the first thing that is stored fails."""
    full = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]
    result = world.install(wrapper=full)
    assert result.code in (1, 2) and "cannot write" in result.err and "File too large" in result.err
    assert world.writes() == [] and private_content(world) == []
    assert world.install().code == 0


def private_content(world):
    return [path for path in world.private_files() if b"PRIVATE KEY" in path.read_bytes()]


@pytest.mark.parametrize("part", [".local/share/kubectl-mesh/store/certs", ".local/state/kubectl-mesh/runs"])
def test_a_folder_that_is_a_file_is_named_and_nothing_is_sent(world, part):
    """F30: what cannot be stored is not begun."""
    world.environment()
    blocker = world.home / part
    blocker.parent.mkdir(parents=True, mode=0o700)
    blocker.write_text("in the way")
    result = world.install()
    assert result.code in (1, 2) and str(part).rpartition("/")[2] in result.said
    assert world.writes() == []
