"""What a hostile third-party plugin tries to get out of its sandbox (tests/abi/captive.c: a verb per attempt), and how the kernel refuses.

`captive` declares nothing, `courier` that it has connections of its own, `starter` that it starts a program. Each attempt is made by an
ordinary user and, where the tests run as root, by root. The host survives each: it reports what the plugin was told."""

import errno
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import pytest
from world import World

PLUGINS = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins"
WITHOUT = [sys.executable, Path(__file__).parent / "without.py"]
NOBODY = 65534
USERS = {"user": ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"], "root": []} if os.getuid() == 0 else {"user": []}

EPERM, EACCES, ENOSYS, ENOMEM, ENOENT, EIO = errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOMEM, errno.ENOENT, errno.EIO

# Whatever a plugin declares.
NEVER = {
    # another process
    "kill-host": EPERM, "kill-host-thread": EPERM, "kill-host-task": EPERM, "kill-group-of-host": EPERM, "queue-signal": EPERM,
    "pidfd-host": EPERM, "pidfd-signal": EPERM, "limit-host": EPERM, "slow-host": EPERM, "pin-host": EPERM, "trace-host": EPERM,
    "read-memory-of-host": EPERM, "read-arguments-of-host": EACCES, "read-environment-of-host": EACCES, "read-init": EACCES,
    "list-processes": EACCES,
    # signals by a descriptor that it shares with the host
    "own-descriptor": EPERM, "own-descriptor-of-type": EPERM, "choose-signal": EPERM, "signal-on-input": EPERM, "watch-folder": EPERM,
    "lease-file": EPERM, "lock-file": EPERM, "ioctl-own": EPERM, "ioctl-group": EPERM, "ioctl-signal": EPERM, "ioctl-type-ahead": EPERM,
    # files
    "read-operators-file": EACCES, "read-shadow": EACCES, "list-etc": EACCES, "write-operators-file": EACCES,
    "empty-operators-file": EACCES, "truncate": EPERM, "create-file": EACCES, "chmod": EPERM, "fchmodat": EPERM, "fchmodat2": ENOSYS,
    "chown": EPERM, "set-attribute": EPERM, "set-attribute-at": ENOSYS, "set-time": EPERM, "remove": EPERM, "rename": EPERM, "link": EPERM,
    "make-folder": EPERM, "watch-file": EPERM, "open-by-how": ENOSYS,
    # sockets
    "ask-agent": EPERM, "ask-kernel": EPERM, "listen-to-wire": EPERM, "forge-packets": EPERM, "ping": EPERM, "serve": EPERM,
    "write-to-log-socket": EPERM,
    # the machine
    "fork-sibling": EPERM, "new-user": EPERM, "clone3": ENOSYS, "leave-session": EPERM, "leave-group": EPERM, "unshare": EPERM,
    "mount": EPERM, "chroot": EPERM, "bpf": EPERM, "perf": EPERM, "userfault": EPERM, "io-uring": ENOSYS, "keyring": EPERM,
    "kernel-log": EPERM, "be-root": EPERM, "gain-capability": EPERM, "have-capability": EPERM, "be-dumpable": EPERM,
    "unknown-call": ENOSYS, "unassigned-call": ENOSYS,
    # what would stay behind, or use the machine up
    "shared-memory": EPERM, "semaphores": EPERM, "messages": EPERM, "message-queue": EPERM, "memory-file": EPERM, "map-data": ENOMEM,
    "map-hidden-data": ENOMEM, "map-shared": EPERM, "map-growing": EPERM, "lock-memory": EPERM, "file-size": EPERM, "descriptors": EPERM,
    "bounded-tasks": EPERM,
    # secrets of the environment
    "know-passphrase": ENOENT, "know-kubeconfig": ENOENT,
}
# Unless the manifest names the network, or programs.
CONNECTS = {"connect": EPERM, "datagram": EPERM, "read-hosts": EACCES, "resolve": EIO}
STARTS = {"fork": EPERM, "start": EPERM, "end-child": EPERM, "read-passwd": EACCES}
# What it may: the rules do not break an honest plugin.
WORKS = {"compute": 0, "read-self": 0, "write-null": 0}

ROWS = {
    "captive": {**NEVER, **CONNECTS, **STARTS, **WORKS, "exec": EPERM, "kill-all": EPERM},
    "courier": {**NEVER, **STARTS, **WORKS, **dict.fromkeys(CONNECTS, 0), "exec": EPERM, "kill-all": EPERM},
    "starter": {**NEVER, **CONNECTS, **WORKS, **dict.fromkeys(STARTS, 0)},
}


# What the sanitizers' own code needs is allowed in their builds, memory is not limited there, and one of them answers mlock itself.
SANITIZED = {"fork", "lock-memory", "be-dumpable", "map-data", "map-hidden-data", "map-shared", "map-growing"} \
    if Path(os.environ["MESH_BUILD"]).name in ("asan", "tsan") else set()
ATTEMPTS = [(plugin, verb, answer) for plugin, rows in ROWS.items() for verb, answer in rows.items() if verb not in SANITIZED]


class Cell:
    """A cluster, and the three plugins installed and trusted by one user."""

    def __init__(self, pki, user):
        self.folder = Path(tempfile.mkdtemp(prefix="mesh-cell-"))
        self.user = USERS[user]
        self.world = World(self.folder, pki, names=("a",))
        self.world.extra_env = {"LC_MESH_PASSPHRASE": "canary"}
        self.world.environment()
        self.operators = self.world.home / "operators"
        self.operators.write_text("the operator's own")
        self.operators.chmod(0o600)
        self.hand_over()
        for plugin in ROWS:
            result = self.run("plugin", "install", PLUGINS / f"{plugin}.so", "--trust", "--yes")
            assert result.code == 0, result.said

    def hand_over(self):
        if self.user:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)

    def run(self, *words, wrapper=()):
        return self.world.run(*words, wrapper=[*self.user, *wrapper])

    def attempt(self, plugin, verb):
        return self.run(plugin, verb, "--contexts", "a", "-o", "json", *(["--yes"] if plugin == "starter" else []))

    def close(self):
        self.world.close()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module", params=USERS)
def cell(request, pki):
    if request.param == "user" and USERS["user"] and not shutil.which("setpriv"):
        pytest.skip("setpriv is not on this machine: an ordinary user is not tested")
    made = Cell(pki, request.param)
    yield made
    made.close()


def told(result):
    """What the plugin was told, in its report or in the note of its plan."""
    document = result.document()
    number = int((document.get("items") or document["notes"])[0]["text"].removeprefix("errno "))
    return errno.errorcode[number] if number else "it worked"


@pytest.mark.parametrize("plugin, verb, answer", ATTEMPTS)
def test_what_the_kernel_answers_to_an_attempt(cell, plugin, verb, answer):
    result = cell.attempt(plugin, verb)
    assert result.code == 0, result.said
    assert told(result) == (errno.errorcode[answer] if answer else "it worked"), result.said
    assert cell.operators.read_text() == "the operator's own" and stat.S_IMODE(cell.operators.stat().st_mode) == 0o600
    assert not Path("/dev/shm/kubectl-mesh-captive").exists() and not Path("/tmp/kubectl-mesh-captive").exists()


@pytest.fixture()
def trusted(lone):
    """A world whose operator trusts `captive`."""
    assert lone.run("plugin", "install", PLUGINS / "captive.so", "--trust", "--yes").code == 0
    return lone


def run_without(world, layer, *words):
    return world.run(*words, wrapper=[*WITHOUT, layer])


COMPUTE = ("captive", "compute", "--contexts", "a", "-o", "json")
LACKS = [("landlock", "Landlock (Linux 5.13)"), ("seccomp", "seccomp filters")]


@pytest.mark.parametrize("layer, lacks", LACKS)
@pytest.mark.parametrize("words", [COMPUTE, ("plugin", "info", PLUGINS / "captive.so"), ("plugin", "check", PLUGINS / "captive.so"),
                                   ("plugin", "install", PLUGINS / "captive.so")])
def test_a_plugin_is_refused_where_the_kernel_lacks_a_layer(trusted, layer, lacks, words):
    result = run_without(trusted, layer, *words)
    assert result.code == 7 and "this kernel cannot confine it" in result.said and lacks in result.said, result.said
    assert "--allow-unsandboxed=captive" in result.said, result.said


@pytest.mark.parametrize("layer, lacks", LACKS)
def test_the_flag_lets_it_run_and_warns_once(trusted, layer, lacks):
    result = run_without(trusted, layer, *COMPUTE, "--allow-unsandboxed=other,captive")
    assert result.code == 0 and told(result) == "it worked", result.said
    assert result.err.count(f"plugin captive runs in an incomplete sandbox; this kernel lacks {lacks}") == 1, result.said
    assert run_without(trusted, layer, *COMPUTE, "--allow-unsandboxed=other").code == 7


def test_what_the_kernel_has_confines_it_all_the_same(trusted):
    """Under the flag, without Landlock: the system calls are filtered, and the other way round."""
    flag = "--allow-unsandboxed=captive"
    for layer, verb, answer in (("landlock", "kill-host", "EPERM"), ("seccomp", "read-shadow", "EACCES")):
        result = run_without(trusted, layer, "captive", verb, *COMPUTE[2:], flag)
        assert told(result) == answer, result.said


def test_a_complete_sandbox_needs_no_flag_and_says_so(trusted):
    result = trusted.run(*COMPUTE, "--allow-unsandboxed=captive")
    assert result.code == 0 and result.err.count("--allow-unsandboxed is not needed") == 1, result.said


def test_a_plugin_runs_in_the_process_only_with_the_flag(trusted):
    trusted.extra_env["KUBECTL_MESH_ISOLATION"] = "process"
    refused = trusted.run(*COMPUTE)
    assert refused.code == 7 and "without a sandbox" in refused.said and "--allow-unsandboxed=captive" in refused.said, refused.said
    allowed = trusted.run(*COMPUTE, "--allow-unsandboxed=captive")
    assert allowed.code == 0 and allowed.err.count("runs in the process, without a sandbox") == 1, allowed.said


@pytest.mark.parametrize("words", [("--allow-unsandboxed=",), ("--allow-unsandboxed=a,,b",)])
def test_the_flag_needs_names(trusted, words):
    assert trusted.run(*COMPUTE, *words).code == 2


@pytest.mark.parametrize("verb, code", [("report-secrets", 0), ("log-secrets", 0), ("print-secrets", 0), ("fail-with-secrets", 4),
                                        ("plan-secrets", 0)])
@pytest.mark.parametrize("format", ["json", "yaml", None])
def test_secrets_in_what_it_says_are_masked(trusted, verb, code, format):
    words = ("-o", format) if format else ("-v", "6")
    result = trusted.run("captive", verb, "--contexts", "a", "--yes" if verb == "plan-secrets" else "--timeout=60s", *words)
    assert result.code == code and "canary" not in result.said.replace("captive", ""), result.said
    assert "<masked>" in result.said or (verb == "print-secrets" and format), result.said


def test_the_flag_is_completed_and_shown_in_help(trusted):
    assert "captive" in trusted.run("__complete", "captive", "compute", "--allow-unsandboxed", "").out.splitlines()
    assert "--allow-unsandboxed=PLUGINS" in trusted.run("options").out
