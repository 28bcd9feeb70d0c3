"""What the kernel grants this user, tried before a lab needs it: several labs together exceed it, and their processes only say
"too many open files"."""

import ctypes
import errno
import os

from .errors import LabError

# Of one cluster: its API server and controller manager have 11, istiod, pilot-agent and Envoy the rest. The first two get
# along without; a gateway ends, again and again.
INSTANCES, WATCHES = 20, 200
IN_DELETE_SELF = 0x400
ROOT = "/proc/sys/fs/inotify/"


def _limit(name):
    with open(ROOT + name) as file:
        return int(file.read())


def check(clusters):
    """Takes as many inotify instances and watches as so many more clusters will, and gives them back."""
    libc, taken = ctypes.CDLL(None, use_errno=True), []
    try:
        for count in range(INSTANCES * clusters):
            taken.append(libc.inotify_init1(os.O_CLOEXEC))
            if taken[-1] < 0 and ctypes.get_errno() == errno.EMFILE:
                taken.pop()
                _refuse("max_user_instances", count, INSTANCES * clusters)
        names = (entry.path for entry in os.scandir("/usr/bin"))
        for count, name in zip(range(WATCHES * clusters), names):
            if libc.inotify_add_watch(taken[0], os.fsencode(name), IN_DELETE_SELF) < 0 and ctypes.get_errno() == errno.ENOSPC:
                _refuse("max_user_watches", count, WATCHES * clusters)
    finally:
        for each in taken:
            if each >= 0:
                os.close(each)


def _refuse(name, free, needed):
    limit = _limit(name)
    enough = max(2 * limit, limit - free + 2 * needed)
    raise LabError(f"{free} of {limit} inotify {name.rpartition('_')[2]} of your user are free, and the lab needs about {needed}",
                   f"end another lab, or: sudo sysctl -w fs.inotify.{name}={enough}")
