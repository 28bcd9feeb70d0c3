"""The root directory of a pod: the host's /usr, an /etc of its own, the programs of its images and its volumes at their places.

`python3 -m lablib.node.root POD` runs in the pod's fresh mount and network namespaces, makes the root from POD/root.json, and
becomes the process that holds the namespaces until the pod goes (the `pause` of a real node).
"""

import ctypes
import json
import os
import sys
from pathlib import Path

BIND = 4096 | 16384  # MS_BIND | MS_REC: what is mounted below comes too, without which a user namespace must not bind
SHARED = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/dev", "/proc",
          "/etc/ssl", "/etc/ca-certificates", "/etc/alternatives", "/etc/ld.so.cache")
LIBC = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind="", flags=0):
    if LIBC.mount(os.fsencode(source), os.fsencode(target), kind.encode(), flags, None):
        error = ctypes.get_errno()
        raise OSError(error, f"mount {source} on {target}: {os.strerror(error)}")


def bind(source, target):
    source = Path(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    mount(source, target, flags=BIND)


def share(root, path):
    source, target = Path(path), root / path.lstrip("/")
    if source.is_symlink():  # /bin is usr/bin
        target.symlink_to(os.readlink(source))
    elif source.exists():
        bind(source, target)


def build(root, wish):
    mount("tmpfs", root, "tmpfs")
    for path in ("tmp", "var", "run", "etc", "root"):
        (root / path).mkdir()
    for path in SHARED:
        share(root, path)
    mount("tmpfs", root / "usr/local", "tmpfs")
    for path, text in wish["files"].items():
        (root / path.lstrip("/")).write_text(text)
    for source, path in wish["binds"]:
        bind(source, root / path.lstrip("/"))


if __name__ == "__main__":
    pod = Path(sys.argv[1])
    os.umask(0o022)
    build(pod / "root", json.loads((pod / "root.json").read_text()))
    (pod / "root.ready").touch()
    os.chroot(pod / "root")
    os.chdir("/")
    os.execv("/usr/bin/sleep", ["pause", "infinity"])
