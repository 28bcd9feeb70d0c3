"""What is known of this checkout's lab, on disk: one directory, one file that describes it, one lock."""

import fcntl
import json
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import LabError
from .processes import boot_id

LAB = Path(__file__).resolve().parent.parent
LOCK = "lab.lock"  # also the sign that a directory is a lab's, and may be emptied


def cache_directory():
    """What was built: the user's, shared by all checkouts, the only thing that `down` leaves."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kubectl-mesh-lab"


def state_directory():
    """One lab per checkout, found whatever the environment says: who runs `up` with another HOME than `down` means the same lab.

    It is not in build/, which people remove without asking what runs.
    """
    if not os.environ.get("LAB_DIR"):
        return LAB / ".state"
    chosen = Path(os.environ["LAB_DIR"]).absolute()
    if chosen.exists() and not (chosen / LOCK).exists() and any(chosen.iterdir()):
        raise LabError(f"LAB_DIR={chosen} has other things in it", "name a directory that is empty or not there yet")
    return chosen


@contextmanager
def locked(path, waiting_for, wait=True):
    """Holds a lock file. The holder may remove it with its directory: who waited for the removed file tries again."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not wait:
                    yield None
                    return
                print(f"waiting for {waiting_for}", file=sys.stderr)
                fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                current = os.stat(path).st_ino == os.fstat(handle).st_ino
            except FileNotFoundError:
                current = False
            if current:
                yield handle  # who inherits it holds the lock too
                return
        finally:
            os.close(handle)


@dataclass
class Cluster:
    name: str
    index: int
    port: int
    kwok_port: int
    ready: bool = False


@dataclass
class Lab:
    """The lab of this checkout as `up` wants it; whether it is so, the processes say."""

    bare: bool
    audit: bool
    mesh: dict = field(default_factory=dict)  # of a mesh lab: its variants, and the port of its chart repository
    etcd_port: int = 0
    tools: dict = field(default_factory=dict)  # name -> directory: what this lab was started with
    clusters: list = field(default_factory=list)
    boot: str = field(default_factory=boot_id)

    def save(self, directory):
        part = directory / "lab.json.part"
        part.write_text(json.dumps(asdict(self), indent=1))
        part.rename(directory / "lab.json")


def load(directory):
    """The lab that was brought up, or None: none was, the launcher was killed before it was written, or the machine restarted."""
    try:
        values = json.loads((directory / "lab.json").read_text())
    except FileNotFoundError:
        return None
    if values["boot"] != boot_id():
        return None
    values["clusters"] = [Cluster(**cluster) for cluster in values["clusters"]]
    return Lab(**values)


def clear(directory):
    """Removes everything but the lock, which the caller holds."""
    for path in directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def remove(directory):
    """The lock and the directory go last; who waits for the lock notices, and makes a new one."""
    (directory / LOCK).unlink()
    directory.rmdir()
