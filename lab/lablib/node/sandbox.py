"""What a pod is to Linux: a network namespace with one address, a mount namespace with one root, and a process that holds both.

Pods are not bridged but routed, each by a link of its own: so all that they say to others passes the lab's translation and firewall.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time

from .. import network
from ..processes import Process, end
from ..state import LAB

GATEWAY = "169.254.1.1"  # the other end of every pod's link
DNS_OPTIONS = "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver {server}\noptions ndots:5\n"
# What /etc must have for the programs that run here.
ETC = {
    "/etc/passwd": "root:x:0:0:root:/:/bin/sh\n",
    "/etc/group": "root:x:0:\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
INSIDE = """\
link set lo up
address add {address}/32 dev eth0
link set eth0 up
route add {gateway} dev eth0 scope link
route add default via {gateway} src {address}
"""
OUTSIDE = """\
link add {link} type veth peer name eth0 netns {holder}
address add {gateway}/32 dev {link}
link set {link} up
route replace {address}/32 dev {link} src {node}
"""


class Numbers:
    """Numbers for pods; those of an agent that ended are not given again at once, for their links may still be there."""

    def __init__(self):
        self.lock, self.next = threading.Lock(), itertools.count(int(time.time()) % 8000 + 2)

    def take(self):
        with self.lock:
            return next(self.next)


class Sandbox:
    def __init__(self, directory, index, number):
        self.directory, self.index = directory, index
        self.address, self.link = network.pod(index, number), f"c{index}p{number}"
        self.holder = Process(directory / "holder")
        self.child = None

    def make(self, pod, binds):
        metadata = pod["metadata"]
        server = network.INTERNET_DNS if pod["spec"].get("dnsPolicy") == "Default" else network.service(self.index, 10)
        files = {**ETC, "/etc/hostname": metadata["name"] + "\n",
                 "/etc/hosts": f"127.0.0.1 localhost\n{self.address} {metadata['name']}\n",
                 "/etc/resolv.conf": DNS_OPTIONS.format(namespace=metadata["namespace"], server=server)}
        (self.directory / "root").mkdir(parents=True, exist_ok=True)
        (self.directory / "root.json").write_text(json.dumps({"files": files, "binds": [[str(s), t] for s, t in binds]}))
        ready = self.directory / "root.ready"
        ready.unlink(missing_ok=True)
        self.child = self.holder.start(["unshare", "--net", "--mount", "--propagation", "private",
                                        sys.executable, "-B", "-m", "lablib.node.root", self.directory], cwd=LAB)
        while not ready.exists():
            if self.child.poll() is not None:
                raise RuntimeError(f"no root for the pod: {self.holder.tail()}")
            time.sleep(0.005)
        names = {"address": self.address, "gateway": GATEWAY, "link": self.link, "holder": self.child.pid,
                 "node": network.control_plane(self.index)}
        self._run(["ip", "-batch", "-"], OUTSIDE.format(**names))
        # Envoy and istiod look for addresses of both families; there is one here.
        self._run([*self.enter("--net"), "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; exec ip -batch -"],
                  INSIDE.format(**names))

    def _run(self, words, text):
        run = subprocess.run(words, input=text, text=True, capture_output=True)
        if run.returncode:
            raise RuntimeError(f"{' '.join(words[:3])}: {run.stderr.strip()}")

    def enter(self, *namespaces):
        """The beginning of a command line that runs the rest in the pod."""
        return ["nsenter", f"--target={self.child.pid}", *(namespaces or ("--net", "--mount", "--root", "--wd")), "--"]

    def rules(self, text):
        """Loads nft rules into the pod's network."""
        self._run([*self.enter("--net"), "nft", "-f", "-"], text)

    def remove(self):
        end([self.holder])
        if self.child:
            self.child.wait()
        for left in ("root", "volumes"):
            shutil.rmtree(self.directory / left, ignore_errors=True)
        for left in ("pod.json", "root.json", "root.ready", "holder.process", "holder.log"):
            (self.directory / left).unlink(missing_ok=True)


def describe(directory, **values):
    """Writes pod.json, by which the other commands and the streams find the pod."""
    part = directory / f"pod.json.{os.getpid()}.{threading.get_ident()}"
    part.write_text(json.dumps(values))
    part.rename(directory / "pod.json")
