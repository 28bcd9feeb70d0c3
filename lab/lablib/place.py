"""Where the lab's processes run: decided here and nowhere else.

Today that is this host, on loopback. A lab in network namespaces of its own changes `inside`, and every process that
the lab starts, and every command that `exec` runs, goes there.
"""


def inside(argv):
    """The command line that runs `argv` where the clusters are."""
    return list(argv)
