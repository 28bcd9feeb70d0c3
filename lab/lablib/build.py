"""Builds the programs the clusters are made of, from pinned Go modules, once per user and version.

An entry of the cache is CACHE/NAME-KEY, keyed by all that it is built from. It is built under another name and renamed when
whole. Packages that two programs share are compiled once: both are built from one go.mod, with the same flags.
A lab builds what its tier needs and no more: the tiers are at the end of the table.
"""

import hashlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import envoy, istio, processes
from .errors import LabError
from .progress import Progress
from .state import LAB, cache_directory, locked

# Stripped of symbols and DWARF by the linker; not having the compiler write DWARF saved an eighth of the
# CPU time (68 s, not 78 s, for k8s.io/api/core/v1 and what it needs).
FLAGS = ("-buildvcs=false", "-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", "-s -w {stamps}")
ENVIRONMENT = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOMEMLIMIT": "4GiB", "GOWORK": "off"}
STAMPED = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")  # unstamped, a server says v0.0.0-master


@dataclass(frozen=True)
class Tool:
    package: str
    names: tuple        # what the one program is called as
    cost: str           # so that people know whether to wait
    module: str = "kubebox"
    tags: str = ""
    stamps: tuple = ()
    finish: object = None  # makes more of the entry than the program: a function of (its directory, the module's)

    @property
    def directory(self):
        return LAB / self.module

    def sources(self):
        """The files of ours that it is made of."""
        ours = sorted((self.directory / self.package).glob("*.go")) if self.package.startswith(".") else []
        return [self.directory / "go.mod", self.directory / "go.sum", *ours]


ISTIO_TAGS, AGENT_TAGS = "vtprotobuf,disable_pgv", "agent,disable_pgv,grpcnotrace,retrynotrace"
TOOLS = {
    "kubebox": Tool(".", ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"),
                    "about 5 minutes on 2 idle cores"),
    "kwok": Tool("sigs.k8s.io/kwok/cmd/kwok", ("kwok",), "seconds, after kubebox"),
    "podstreams": Tool("./podstreams", ("podstreams",), "seconds, after kwok"),
    "coredns": Tool(".", ("coredns",), "1 minute", "corednsbox"),
    "pilot-discovery": Tool("istio.io/istio/pilot/cmd/pilot-discovery", ("pilot-discovery",), "4 minutes", "istiobox",
                            ISTIO_TAGS, istio.STAMPS),
    "pilot-agent": Tool("istio.io/istio/pilot/cmd/pilot-agent", ("pilot-agent",), "seconds", "istiobox", AGENT_TAGS, istio.STAMPS),
    "istioctl": Tool("istio.io/istio/istioctl/cmd/istioctl", ("istioctl",), "seconds", "istiobox", ISTIO_TAGS, istio.STAMPS),
    "istio-files": Tool("./files", ("istio-files",), "seconds", "istiobox", ISTIO_TAGS, finish=istio.write_files),
    "helm4": Tool("helm.sh/helm/v4/cmd/helm", ("helm",), "seconds", "istiobox", ISTIO_TAGS),
    "helm3": Tool("helm.sh/helm/v3/cmd/helm", ("helm",), "1 minute", "helm3"),
    "krew": Tool("sigs.k8s.io/krew/cmd/krew", ("kubectl-krew",), "seconds", "krewbox"),
    "step-ca": Tool("github.com/smallstep/certificates/cmd/step-ca", ("step-ca",), "1 minute", "../examples/step-ca"),
}
BARE = ("kubebox",)
PLAIN = (*BARE, "kwok")
PACKAGED = ("krew",)     # for tests/package
AUTHORS = ("step-ca",)   # for tests/examples
MESH = (*PLAIN, *(name for name in list(TOOLS)[2:] if name not in (*PACKAGED, *AUTHORS)), "envoy")
TIERS = {"bare": BARE, "whole": PLAIN, "mesh": MESH, "packaged": (*MESH, *PACKAGED), "all": (*MESH, *PACKAGED, *AUTHORS)}


def _go_version():
    needed = re.search(r"^go (\S+)", (LAB / "kubebox" / "go.mod").read_text(), re.M).group(1)
    hint = (f"install Go {needed} or newer: unpack https://go.dev/dl into /usr/local and put /usr/local/go/bin on PATH "
            "(Debian: golang-go only where `apt policy golang-go` offers that version)")
    if not shutil.which("go"):
        raise LabError(f"Go is missing; the lab's programs are built with Go {needed}", hint)
    told = subprocess.run(["go", "version"], capture_output=True, text=True, env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    found = re.search(r"go version go(\d+(?:\.\d+)*)", told)
    if not found:
        raise LabError(f"`go version` says {told.strip()!r}", hint)
    if [int(n) for n in found.group(1).split(".")] < [int(n) for n in needed.split(".")]:
        raise LabError(f"Go {found.group(1)} is too old; the lab's programs are built with Go {needed} or newer", hint)
    return told.strip()


def _kubernetes_stamps(directory):
    version = re.search(r"^\s*k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)", (directory / "go.mod").read_text(), re.M)
    full, major, minor = version.groups()
    values = {"gitVersion": full, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean", "gitCommit": "0"}
    return [f"{package}.{key}={value}" for package in STAMPED for key, value in values.items()]


def _flags(tool):
    stamps = _kubernetes_stamps(tool.directory) if tool.module == "kubebox" else tool.stamps
    said = " ".join(f"-X {stamp}" for stamp in stamps)
    return [flag.format(stamps=said) for flag in FLAGS] + (["-tags", tool.tags] if tool.tags else [])


def _entry(name, version):
    tool = TOOLS[name]
    key = hashlib.sha256(repr((name, tool.package, tool.names, version, _flags(tool), sorted(ENVIRONMENT.items()))).encode())
    for file in (*tool.sources(), *([istio.__file__] if tool.finish else [])):
        key.update(Path(file).read_bytes())
    return cache_directory() / f"{name}-{key.hexdigest()[:12]}"


def _run(process, argv, report, directory):
    """Runs a step of the build; what it says goes to a log, and `report` reads it meanwhile."""
    process.log.unlink(missing_ok=True)
    child = process.start(argv, env={**os.environ, **ENVIRONMENT}, cwd=directory)
    try:
        while child.poll() is None:
            report(process.log)
            time.sleep(0.2)
    finally:
        processes.end([process])
        child.wait()
        process.record.unlink(missing_ok=True)
    if child.returncode:
        raise LabError(f"`{' '.join(argv[:2])}` failed:\n{process.tail(30)}", f"the whole output is in {process.log}")


def _packages(log):
    return sum(1 for line in log.read_text(errors="replace").splitlines() if not line.startswith(("go: ", "#")))


def _build(name, entry, steps):
    tool, part = TOOLS[name], entry.with_name(entry.name + ".part")
    first = 1 + 2 * list(steps).index(name)
    progress = Progress(f"[{first}/{2 * len(steps)}] {name}: fetching modules")
    listing, tags = processes.Process(entry.parent / "go-list"), (["-tags", tool.tags] if tool.tags else [])
    _run(listing, ["go", "list", "-deps", *tags, tool.package],
         lambda log: progress.say(f"{log.read_text().count('downloading')} fetched"), tool.directory)
    progress.say("done", last=True)
    total = _packages(listing.log)

    progress = Progress(f"[{first + 1}/{2 * len(steps)}] {name}: compiling (cold: {tool.cost})")
    part.mkdir()
    program = part / name
    _run(processes.Process(entry.parent / "go-build"),
         ["go", "build", "-v", "-p", str(len(os.sched_getaffinity(0))), *_flags(tool), "-o", str(program), tool.package],
         lambda log: progress.say(f"{_packages(log)} of {total} packages"), tool.directory)
    for alias in tool.names:
        if alias != name:
            (part / alias).symlink_to(name)
    if tool.finish:
        tool.finish(part, tool.directory)
    part.rename(entry)
    progress.say("done", last=True)


def sweep(cache):
    """What a killed build left: a compiler at work, a half-written entry. Only for who holds the lock of the cache."""
    processes.end(processes.under(cache))
    for left in (*cache.glob("*.part"), *cache.glob("*" + processes.SUFFIX)):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def ensure(names):
    """The directories of these tools, built or fetched now where they are not yet."""
    version = _go_version()
    entries = {name: envoy.entry() if name == "envoy" else _entry(name, version) for name in names}
    missing = [name for name, entry in entries.items() if not entry.exists()]
    if missing:
        with locked(cache_directory() / "lock", "another build of the lab's programs"):
            sweep(cache_directory())
            missing = [name for name in missing if not entries[name].exists()]
            for name in missing:
                if name == "envoy":
                    envoy.fetch(entries[name])
                else:
                    _build(name, entries[name], missing)
    return {name: str(entry) for name, entry in entries.items()}


def sweep_if_idle():
    """For `down`: ends a build whose launcher was killed; one that is alive holds the lock and is left alone."""
    cache = cache_directory()
    if cache.exists():
        with locked(cache / "lock", "", wait=False) as idle:
            if idle:
                sweep(cache)
