"""The lab as a whole: up, down, and what can be asked of it."""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from . import build, limits, mesh, network, place, processes, relay, state, world
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


def _kind(bare, variants):
    return "bare" if bare else "mesh" if variants is not None else "whole"


def _variants(wished):
    return {} if wished is None else {name: wished[name] or default for name, default in (("lb", "ip"), ("dns", "coredns"))}


FLAGS = {"bare": " --bare", "mesh": " --mesh", "whole": ""}


def _wanted(directory, count, bare, audit, variants):
    """The lab to bring up: a new one, or the one that is there, grown if it has fewer clusters."""
    lab, kind = state.load(directory), _kind(bare, variants)
    if lab and _kind(lab.bare, lab.mesh or None) != kind:
        there = _kind(lab.bare, lab.mesh or None)
        raise LabError(f"the lab that is up is {there}", f"lab/lab up{FLAGS[there]} {count}, or lab/lab down first")
    if lab and audit and not lab.audit:
        raise LabError("the lab that is up has no audit log", "lab/lab down first")
    if lab and any(value and lab.mesh[name] != value for name, value in (variants or {}).items()):
        raise LabError(f"the lab that is up has --lb {lab.mesh['lb']} --dns {lab.mesh['dns']}", "lab/lab down first")
    if kind == "mesh":
        world.check()
    if lab is None:
        _discard(directory)  # of a machine that has restarted since, or of a launcher killed before it wrote anything
        lab = state.Lab(bare=bare, audit=audit, mesh=_variants(variants), tools=build.ensure(build.TIERS[kind]))
    indexes = range(len(lab.clusters), count)
    if kind == "mesh":
        limits.check(len(indexes))
    ports = _free_ports(2 + 2 * len(indexes), {lab.etcd_port, *(p for c in lab.clusters for p in (c.port, c.kwok_port))})
    lab.etcd_port = lab.etcd_port or ports.pop()
    if lab.mesh:
        lab.mesh.setdefault("chart_port", ports.pop())
    lab.clusters += [state.Cluster(name_of(i), i, ports.pop(), ports.pop()) for i in indexes]
    return lab


def up(count, bare, audit, variants):
    """Brings up what does not run; returns the lab, the clusters that this took work for, and the seconds it took.

    `variants` makes it a mesh lab and says which; a value that is None is as it is, or the default.
    """
    directory, began = state.state_directory(), time.monotonic()
    os.umask(0o077)  # certificates and kubeconfigs are for their owner
    with state.locked(directory / state.LOCK, BUSY):
        lab = _wanted(directory, count, bare, audit, variants)
        lab.save(directory)
        todo = _start_inside(directory, lab) if lab.mesh else _start(directory, lab)
        return lab, todo, time.monotonic() - began


def _start(directory, lab):
    """Starts what does not run, where this runs."""
    etcd = _etcd(directory)
    for cluster in lab.clusters:
        cluster.ready = bool(cluster.ready and etcd.pid() and Running(directory, lab, cluster).is_alive())
    todo = [cluster for cluster in lab.clusters if not cluster.ready]
    lab.save(directory)
    if not etcd.pid():
        _start_etcd(directory, lab)
    if todo:
        _bring_up(directory, lab, todo, etcd)
    return todo


def _start_inside(directory, lab):
    """Makes the namespaces of a mesh lab where they are not, and has `_start` run in them by a launcher of its own."""
    outermost, ready = world.start(directory)
    wait_for("the lab's namespaces are made", ready.exists, outermost)
    relay.start(directory, outermost.pid(), [*(c.port for c in lab.clusters), lab.mesh["chart_port"]])
    child = subprocess.Popen(place.inside(outermost.pid(), place.launcher("continue")), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             env=_environment_inside(directory))
    said = child.stdout.read()
    child.stdin.close()  # not sooner: by its open input it knows that this launcher lives
    if child.wait():
        sys.exit(child.returncode)  # it has said why
    names = json.loads(said)
    return [cluster for cluster in lab.clusters if cluster.name in names]


def _environment_inside(directory):
    return os.environ | {"LAB_DIR": str(directory), place.INSIDE: str(directory)}


def go_on():
    """The part of `up` that runs inside of a mesh lab, while the launcher outside holds the lock; the names of the clusters it started."""
    def end_with_launcher():
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=end_with_launcher, daemon=True).start()
    os.umask(0o077)
    directory, lab = existing()
    mesh.start_world(directory, lab)
    return [cluster.name for cluster in _start(directory, lab)]


def enter(words):
    """Starts this very command again inside, if the lab that is up is one that commands go into."""
    directory, lab = existing()
    if not lab.mesh or place.is_inside(directory):
        return
    outermost = world.process(directory).pid()
    if outermost is None:
        raise LabError("the namespaces of the lab are gone, and all that was in them", "lab/lab up --mesh starts it again")
    command = place.inside(outermost, place.launcher(*words))
    os.execvpe(command[0], command, _environment_inside(directory))


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
    pki = lambda cluster: directory / cluster.name / "pki"  # noqa: E731
    write_kubeconfig(directory / "kubeconfig", lab.clusters, pki)
    if lab.mesh:
        write_kubeconfig(directory / "kubeconfig-inside", lab.clusters, pki, host=lambda c: network.control_plane(c.index))
        progress.say("all ready, starting DNS and the applications")
        mesh.furnish_all(directory, lab, todo, lambda cluster: Running(directory, lab, cluster).api())
    progress.say("all ready", last=True)
    _link_programs(directory, lab)
    lab.save(directory)


def _link_programs(directory, lab):
    """A directory for PATH with what people call, and not also an etcd and a scheduler."""
    for name, (tool, program) in {"kubectl": ("kubebox", "kubectl"), **(mesh.PROGRAMS if lab.mesh else {})}.items():
        link = directory / "bin" / name
        link.parent.mkdir(exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(f"{lab.tools[tool]}/{program}")


def _discard(directory):
    ended = processes.end(processes.under(directory))
    state.clear(directory)
    return ended


def down():
    """Ends every process that has a record and removes every file; returns how many ran."""
    directory = state.state_directory()
    if place.is_inside(directory):
        raise LabError("this shell is inside of the lab", "leave it, then lab/lab down")
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
    directory, lab = existing()
    kubeconfig = directory / ("kubeconfig-inside" if place.is_inside(directory) else "kubeconfig")
    if not kubeconfig.exists():
        raise LabError("the lab is not up yet", "lab/lab up")
    more = mesh.variables(directory, lab) if lab.mesh else {}
    return {"KUBECONFIG": str(kubeconfig), "KUBECACHEDIR": str(directory / "kube-cache"), **more}, str(directory / "bin")


def status():
    """The lab as plain values, asked of the processes and the API servers now."""
    directory, lab = existing()

    def describe(process, port=None):
        return {"name": str(process.stem.relative_to(directory)), "pid": process.pid(), "port": port, "memory": process.memory()}

    def one(cluster):
        running = Running(directory, lab, cluster)
        ports = {"kube-apiserver": cluster.port, "kwok": cluster.kwok_port}
        listed = [describe(process, ports.get(name)) for name, process in running.processes.items()]
        pods = mesh.pods(directory, cluster) if lab.mesh else []
        return {"name": cluster.name, "server": f"https://127.0.0.1:{cluster.port}", "ready": running.is_ready(),
                "memory": sum(p["memory"] for p in (*listed, *pods)), "processes": listed, "pods": pods}

    with ThreadPoolExecutor(8) as pool:
        clusters = list(pool.map(one, lab.clusters))
    etcd = describe(_etcd(directory), lab.etcd_port)
    around = [describe(process) for process in mesh.processes(directory).values()] if lab.mesh else []
    return {"bare": lab.bare, "audit": lab.audit, "directory": str(directory), "etcd": etcd, "mesh": lab.mesh, "around": around, "clusters": clusters,
            "ready": all(process["pid"] for process in (etcd, *around)) and all(c["ready"] for c in clusters),
            "memory": sum(p["memory"] for p in (etcd, *around)) + sum(c["memory"] for c in clusters)}


def log_of(name):
    """The log file of a process by the name that status shows, or an audit log by CLUSTER/audit.

    In a mesh lab CLUSTER/WORKLOAD[/CONTAINER] is the newest pod's, one that lives if there is one;
    a workload is what the pod's name begins with.
    """
    directory, _ = existing()
    logs = {str(path.relative_to(directory).with_suffix("")): path for path in sorted(directory.rglob("*.log"))
            if "etcd-data" not in path.parts}
    if name in logs:
        return logs[name]
    of_pods = {tuple(each.split("/")): path for each, path in logs.items() if each.count("/") == 4 and not each.endswith("/holder")}
    cluster, workload, container = (*name.split("/"), "", "")[:3]
    fitting = [path for (where, _, _, pod, part), path in of_pods.items()
               if where == cluster and (pod + "-").startswith(f"{workload}-") and (part == container or not container and part != "istio-proxy")]
    if not workload or not fitting:
        raise LabError(f"no log is called {name!r}", "there are: " + ", ".join(logs))
    return max(fitting, key=lambda path: ((path.parent / "pod.json").exists(), path.stat().st_mtime))
