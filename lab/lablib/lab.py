"""The lab as a whole: up, down, and what can be asked of it."""

import os
import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from . import build, processes, state
from .api import write_kubeconfig
from .cluster import GIVEN_UP, Running, name_of, wait_for
from .errors import LabError
from .processes import Process
from .progress import Progress

# Below the range that outgoing connections take their ports from, so that none takes ours between choice and use.
PORTS = range(10000, 32000)
BUSY = "another lab command in this checkout"


def _free_ports(count, taken):
    """Free ports of loopback, at random: two labs that start at the same moment rarely want the same."""
    found = []
    for port in random.sample(PORTS, len(PORTS)):
        if len(found) == count:
            return found
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            found.append(port)
    raise LabError("no free ports on 127.0.0.1")


def _etcd(directory):
    return Process(directory / "etcd")


def _etcd_answers(lab):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", lab.etcd_port)) == 0


def _start_etcd(directory, lab):
    url = f"http://127.0.0.1:{lab.etcd_port}"
    _etcd(directory).start([
        f"{lab.tools['kubebox']}/etcd", "--data-dir", directory / "etcd-data", "--unsafe-no-fsync", "--log-level", "warn",
        "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", "http://127.0.0.1:0",
    ])


def _wanted(directory, count, bare, audit):
    """The lab to bring up: a new one, or the one that is there, grown if it has fewer clusters."""
    lab = state.load(directory)
    if lab and lab.bare != bare:
        kind, flag = ("bare", " --bare") if lab.bare else ("whole", "")
        raise LabError(f"the lab that is up is {kind}", f"lab/lab up {count}{flag}, or lab/lab down first")
    if lab and audit and not lab.audit:
        raise LabError("the lab that is up has no audit log", "lab/lab down first")
    if lab is None:
        _discard(directory)  # of a machine that has restarted since, or of a launcher killed before it wrote anything
        lab = state.Lab(bare=bare, audit=audit, tools=build.ensure(["kubebox"] if bare else ["kubebox", "kwok"]))
    indexes = range(len(lab.clusters), count)
    ports = _free_ports(1 + 2 * len(indexes), {lab.etcd_port, *(p for c in lab.clusters for p in (c.port, c.kwok_port))})
    lab.etcd_port = lab.etcd_port or ports.pop()
    lab.clusters += [state.Cluster(name_of(i), i, ports.pop(), ports.pop()) for i in indexes]
    return lab


def up(count, bare, audit):
    """Brings up what does not run; returns the lab, the clusters that this took work for, and the seconds it took."""
    directory, began = state.state_directory(), time.monotonic()
    os.umask(0o077)  # certificates and kubeconfigs are for their owner
    with state.locked(directory / state.LOCK, BUSY):
        lab = _wanted(directory, count, bare, audit)
        etcd = _etcd(directory)
        for cluster in lab.clusters:
            cluster.ready = bool(cluster.ready and etcd.pid() and Running(directory, lab, cluster).is_alive())
        todo = [cluster for cluster in lab.clusters if not cluster.ready]
        lab.save(directory)
        if not etcd.pid():
            _start_etcd(directory, lab)
        if todo:
            _bring_up(directory, lab, todo, etcd)
        return lab, todo, time.monotonic() - began


def _bring_up(directory, lab, todo, etcd):
    progress = Progress("clusters")

    def one(cluster):
        Running(directory, lab, cluster).bring_up()
        progress.say(f"{sum(c.ready for c in todo)} of {len(todo)} ready")

    wait_for("etcd answers", lambda: _etcd_answers(lab), etcd)
    with ThreadPoolExecutor(max(2, len(os.sched_getaffinity(0)))) as pool:  # more at a time are not sooner ready, only all late
        try:
            list(pool.map(one, todo))
        except BaseException:
            GIVEN_UP.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    progress.say("all ready", last=True)
    write_kubeconfig(directory / "kubeconfig", lab.clusters, lambda cluster: directory / cluster.name / "pki")
    _link_kubectl(directory, lab)
    lab.save(directory)


def _link_kubectl(directory, lab):
    """A directory for PATH with what people call, and not also an etcd and a scheduler."""
    link = directory / "bin" / "kubectl"
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(f"{lab.tools['kubebox']}/kubectl")


def _discard(directory):
    ended = processes.end(processes.under(directory))
    state.clear(directory)
    return ended


def down():
    """Ends every process that has a record and removes every file; returns how many ran."""
    directory = state.state_directory()
    build.sweep_if_idle()
    if not directory.exists():
        return 0
    with state.locked(directory / state.LOCK, BUSY):
        ended = _discard(directory)
        state.remove(directory)
    return ended


def existing():
    directory = state.state_directory()
    lab = state.load(directory) if directory.exists() else None
    if lab is None:
        raise LabError("no lab is up", "lab/lab up")
    return directory, lab


def environment():
    """What a shell needs to be where the clusters are; kubectl's cache too stays out of the user's home."""
    directory, _ = existing()
    if not (directory / "kubeconfig").exists():
        raise LabError("the lab is not up yet", "lab/lab up")
    return {"KUBECONFIG": str(directory / "kubeconfig"), "KUBECACHEDIR": str(directory / "kube-cache")}, str(directory / "bin")


def status():
    """The lab as plain values, asked of the processes and the API servers now."""
    directory, lab = existing()

    def describe(process, port=None):
        return {"name": str(process.stem.relative_to(directory)), "pid": process.pid(), "port": port, "memory": process.memory()}

    def one(cluster):
        running = Running(directory, lab, cluster)
        ports = {"kube-apiserver": cluster.port, "kwok": cluster.kwok_port}
        listed = [describe(process, ports.get(name)) for name, process in running.processes.items()]
        return {"name": cluster.name, "server": f"https://127.0.0.1:{cluster.port}", "ready": running.is_ready(),
                "memory": sum(p["memory"] for p in listed), "processes": listed}

    with ThreadPoolExecutor(8) as pool:
        clusters = list(pool.map(one, lab.clusters))
    etcd = describe(_etcd(directory), lab.etcd_port)
    return {"bare": lab.bare, "audit": lab.audit, "directory": str(directory), "etcd": etcd, "clusters": clusters,
            "ready": bool(etcd["pid"]) and all(c["ready"] for c in clusters),
            "memory": etcd["memory"] + sum(c["memory"] for c in clusters)}


def log_of(name):
    """The log file of a process by the name that status shows, or an audit log by CLUSTER/audit."""
    directory, _ = existing()
    logs = {str(path.relative_to(directory).with_suffix("")): path for path in sorted(directory.rglob("*.log"))
            if "etcd-data" not in path.parts}
    if name not in logs:
        raise LabError(f"no log is called {name!r}", "there are: " + ", ".join(logs))
    return logs[name]
