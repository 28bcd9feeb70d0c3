"""A disk that fails at the n-th call, for every n: the root is whole on disk before any cluster hears of it."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from world import BINARY, World

TRACE = ["strace", "-f", "-qq", "--seccomp-bpf"]
CALLS = [("fsync", "EIO"), ("fsync", "ENOSPC"), ("linkat", "EDQUOT"), ("mkdir", "EROFS")]
SIZES = range(0, 2800, 200)
# The thread sanitizer writes a file of its own before main, and before the program can say that it ignores the signal.
EARLY = ["env", "--ignore-signal=XFSZ"] if "tsan" in BINARY.parts else []


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


def failing(call, error, number):
    return [*TRACE, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}", "-o", "/dev/null"]


def judge(world, wrapper):
    """What is wrong after a run under `wrapper`; "" if all is well."""
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


def trials(tmp_path, pki, wrappers):
    """Each wrapper in a world of its own, some at a time; answers those that end badly."""

    def one(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = World(folder, pki)
        try:
            return judge(world, wrappers[number])
        finally:
            world.close()

    with ThreadPoolExecutor(4) as pool:
        verdicts = enumerate(pool.map(one, range(len(wrappers))))
        return {number: verdict for number, verdict in verdicts if verdict}


@needs_strace
@pytest.mark.parametrize("call, error", CALLS)
def test_any_one_call_that_fails_is_survived(world, tmp_path, pki, call, error):
    """F28, F29, for every n."""
    count = count_calls(world, call)
    assert count >= 1
    assert trials(tmp_path, pki, [failing(call, error, number) for number in range(1, count + 1)]) == {}


def test_a_disk_that_is_full_after_so_many_bytes_is_survived(tmp_path, pki):
    """F29: the journal ends in half a line, the key in half a key: whichever comes first."""
    assert trials(tmp_path, pki, [[*EARLY, "prlimit", f"--fsize={size}"] for size in SIZES]) == {}


def test_a_full_disk_is_named_and_nothing_is_sent(world):
    """No file may grow at all: the first thing that is stored fails."""
    result = world.install(wrapper=[*EARLY, "prlimit", "--fsize=0"])
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
