"""The namespaces of a mesh lab: user, network, mounts, processes. An ordinary user makes them, and all that is in them ends with them.

`python3 -m lablib.world READY` is their first process: it lays the network out, says so in the file READY, and reaps orphans.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from . import network
from .errors import LabError
from .processes import Process
from .state import LAB

UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
PROGRAMS = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2", "nft": "nftables"}
REMEDY = ("allow it: sudo sysctl -w kernel.unprivileged_userns_clone=1 (Debian), or "
          "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), or user.max_user_namespaces; "
          "in a container, run that one with --privileged. `lab/lab up` without --mesh does not need it")

# Clusters are on networks of their own: what crosses is what was sent to a load balancer.
FIREWALL = """
table ip lab {{
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ct original ip daddr {load_balancers} accept
{within}
  }}
}}
"""


def check():
    """Says what is missing before anything is started."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"  # where ordinary users do not look
    missing = sorted({package for program, package in PROGRAMS.items() if not shutil.which(program)})
    if missing:
        raise LabError(f"a mesh lab needs {', '.join(missing)}", f"sudo apt-get install {' '.join(missing)}")
    tried = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if tried.returncode:
        raise LabError(f"this machine does not let you make user namespaces, which a mesh lab lives in: {tried.stderr.strip()}", REMEDY)


def process(directory):
    return Process(directory / "world")


def start(directory):
    """Makes the namespaces unless they are there; the process to be entered through."""
    world, ready = process(directory), directory / "world.ready"
    if not world.pid():
        ready.unlink(missing_ok=True)
        world.start([*UNSHARE, sys.executable, "-B", "-m", "lablib.world", ready], cwd=LAB)
    return world, ready


def run(*words, text=None):
    subprocess.run(words, check=True, input=text, text=True)


def lay_out():
    clusters = range(network.MOST_CLUSTERS)
    run("ip", "link", "set", "lo", "up")
    for address in (network.INTERNET_DNS, *map(network.control_plane, clusters)):
        run("ip", "address", "add", f"{address}/32", "dev", "lo")
    # What no pod has goes nowhere; but a route must be there for an address that is translated on its way out.
    run("ip", "route", "add", "default", "dev", "lo", "src", network.control_plane(0))
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    within = "\n".join(f"    ip saddr {network.pods(i)} ip daddr {network.pods(i)} accept" for i in clusters)
    run("nft", "-f", "-", text=FIREWALL.format(load_balancers=network.LOAD_BALANCERS, within=within))


def reap():
    while True:
        signal.sigwait({signal.SIGCHLD})
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass


if __name__ == "__main__":
    lay_out()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    Path(sys.argv[1]).touch()
    reap()
