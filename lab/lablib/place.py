"""Where the lab's processes run, and how a command gets there: decided here and nowhere else.

A plain lab runs on this host, on loopback. A mesh lab runs in namespaces of its own. Commands that look at it, or run in it, are
started again inside; LAB_INSIDE then says for which lab that has been done.
"""

import os
import sys
from pathlib import Path

INSIDE = "LAB_INSIDE"
LAUNCHER = Path(__file__).resolve().parent.parent / "lab"


def is_inside(directory):
    return os.environ.get(INSIDE) == str(directory)


def inside(world, argv):
    """The command line that runs `argv` in the namespaces of the lab whose outermost process is `world`.

    That process, unshare, has itself stayed outside as far as process ids go; those are of its children.
    """
    return [*network_of(world)[:-1], f"--pid=/proc/{world}/ns/pid_for_children", "--mount", f"--wdns={os.getcwd()}", "--",
            *map(str, argv)]


def network_of(world):
    """The beginning of a command line that runs the rest in the lab's network and else outside."""
    return ["nsenter", f"--target={world}", "--user", "--net", "--preserve-credentials", "--"]


def launcher(*words):
    return [sys.executable, "-B", str(LAUNCHER), *words]
