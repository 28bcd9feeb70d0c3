"""The command line."""

import argparse
import json
import os
import shlex
import sys

from . import build, calls, lab, mesh
from .errors import LabError

EXAMPLES = """\
examples:
  lab/lab up                      two clusters, contexts game-agones and game-gke
  lab/lab up --mesh               two clusters that can become an Istio mesh
  lab/lab up 50 --bare            fifty API servers and nothing else
  lab/lab exec -- kubectl --context game-gke get nodes
  eval "$(lab/lab env)"           the lab's kubectl and kubeconfig in this shell
  lab/lab logs game-gke/kube-apiserver
  lab/lab down                    no process and no file is left, but the programs in ~/.cache/kubectl-mesh-lab
"""
FRESH_LINE = "\r\033[K" if sys.stderr.isatty() else ""  # progress may stand there
MOST = 50  # the address ranges and the measurements end here


def say(line):
    print(line, file=sys.stderr, flush=True)


def count_of(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's' if noun[-1] != 's' else 'es'}"


def up(options):
    if options.bare and options.mesh:
        raise LabError("a bare lab has no mesh", "lab/lab up --mesh")
    if options.mesh and options.clusters > len(mesh.APPS):
        raise LabError(f"a mesh lab has {len(mesh.APPS)} clusters at most")
    variants = {"lb": options.lb, "dns": options.dns} if options.mesh else None
    running, todo, seconds = lab.up(options.clusters, options.bare, options.audit, variants)
    if not todo:
        say(f"{count_of(len(running.clusters), 'cluster')} up already")
        return 0
    names = [cluster.name for cluster in todo]
    listed = ", ".join(names if len(names) < 5 else [*names[:2], "...", names[-1]])
    say(f"{count_of(len(todo), 'cluster')} ready in {seconds:.1f} s: {listed}")
    say('next: lab/lab exec -- kubectl get namespaces, or eval "$(lab/lab env)"; lab/lab down when done')
    return 0


def build_tier(options):
    programs = build.ensure(build.TIERS[options.tier])
    say(f"{count_of(len(programs), 'program')} ready")
    return 0


def down(_):
    ended = lab.down()
    say(f"ended {count_of(ended, 'process')}; nothing of the lab is left" if ended else "nothing was up")
    return 0


def megabytes(number):
    return f"{number / 2**20:.0f} MB"


def status(options):
    seen = lab.status()
    if options.output == "json":
        print(json.dumps(seen, indent=2))
        return 0 if seen["ready"] else 1
    pods = [(c["name"], f"{pod['namespace']}/{pod['name']}", pod) for c in seen["clusters"] for pod in c["pods"]]
    width = max([26, *(len(name) + 2 for _, name, _ in pods)])
    row = f"{{:<14}}{{:<{width}}}{{:>8}}{{:>8}}{{:>9}}".format
    print(row("CLUSTER", "PROCESS", "PID", "PORT", "MEMORY"))
    groups = [("", None, [seen["etcd"], *seen["around"]])] + [(c["name"], c["ready"], c["processes"]) for c in seen["clusters"]]
    for cluster, _, listed in groups:
        for process in listed:
            print(row(cluster or "(all)", process["name"].rpartition("/")[2], process["pid"] or "dead",
                      process["port"] or "-", megabytes(process["memory"])))
    for cluster, name, pod in pods:
        print(f"{row(cluster, name, '', '', megabytes(pod['memory']))}  {pod['address']}")
    waiting = [name for name, ready, _ in groups if ready is False]
    print(f"\n{count_of(len(seen['clusters']), 'cluster')}, {megabytes(seen['memory'])}: "
          + ("all ready" if seen["ready"] else f"not ready: {', '.join(waiting) or 'etcd'}; `lab/lab up` starts what ended"))
    return 0 if seen["ready"] else 1


def env(_):
    variables, bin_directory = lab.environment()
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(f'export PATH={shlex.quote(bin_directory)}:"$PATH"')
    return 0


def execute(options):
    if not options.command:
        raise LabError("exec: no command", "lab/lab exec -- kubectl get nodes")
    variables, bin_directory = lab.environment()
    environment = os.environ | variables | {"PATH": f"{bin_directory}:{os.environ.get('PATH', os.defpath)}"}
    command = options.command
    os.environ["PATH"] = environment["PATH"]  # execvpe looks the command up in ours
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        say(f"error: {command[0]}: {error.strerror}")
        return 127 if isinstance(error, FileNotFoundError) else 126


def shell(options):
    options.command = [os.environ.get("SHELL", "/bin/sh")]
    return execute(options)


def call(options):
    return calls.call(options.pod, options.url, options.count, options.timeout)


def go_on(_):
    print(json.dumps(lab.go_on()))
    return 0


def logs(options):
    path = lab.log_of(options.name)
    words = ["tail", "-n", "+1", *(["-F"] if options.follow else []), str(path)]
    os.execvp(words[0], words)


def number(text):
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"a number of clusters from 1 to {MOST} is wanted, not {text!r}")
    return int(text)


def parser():
    top = argparse.ArgumentParser(prog="lab/lab", epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
                                  description="Real Kubernetes clusters on this machine, on loopback, without root.")
    verbs = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def verb(name, run, text):
        made = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        made.set_defaults(run=run)
        return made

    made = verb("up", up, "start N clusters; what is up already is left alone, what ended is started again")
    made.add_argument("clusters", metavar="N", nargs="?", type=number, default=2, help="how many there shall be at least (default 2)")
    made.add_argument("--bare", action="store_true", help="API servers alone: no controllers, no scheduler, no nodes")
    made.add_argument("--mesh", action="store_true", help="clusters for Istio: pods with processes, networks, DNS, applications, charts")
    made.add_argument("--lb", choices=mesh.LOAD_BALANCER_KINDS, help="what a load balancer of a mesh lab gets (default ip)")
    made.add_argument("--dns", choices=[*mesh.DNS_KINDS], help="the cluster DNS of a mesh lab: kubeadm's (default), AKS's, GKE's")
    made.add_argument("--audit", action="store_true", default=os.environ.get("LAB_AUDIT", "") not in ("", "0"),
                      help="have the API servers log every request: lab/lab logs CLUSTER/audit (or LAB_AUDIT=1)")
    made = verb("build", build_tier, "build the programs that `up` would build, and start nothing")
    made.add_argument("tier", choices=[*build.TIERS], nargs="?", default="whole",
                      help="for up --bare, up (the default), up --mesh; all: what this project's tests need beside")
    verb("down", down, "end all processes and remove all files but the cache of built programs")
    made = verb("status", status, "list clusters and processes; exit 1 unless all are ready")
    made.add_argument("-o", "--output", choices=["table", "json"], default="table")
    verb("env", env, 'print export lines for a shell: eval "$(lab/lab env)"')
    made = verb("exec", execute, "run a command where the clusters are, with their kubeconfig and kubectl")
    made.add_argument("command", metavar="COMMAND", nargs=argparse.REMAINDER)
    verb("shell", shell, "a shell where the clusters are")
    made = verb("call", call, "request a URL from a pod of a mesh lab; exit 1 unless every answer is 200")
    made.add_argument("pod", metavar="CLUSTER/[NAMESPACE/]WORKLOAD")
    made.add_argument("url", metavar="URL")
    made.add_argument("-n", dest="count", type=int, default=1, metavar="COUNT", help="so many times (default 1)")
    made.add_argument("--timeout", type=float, default=5, metavar="SECONDS", help="for each (default 5)")
    made = verb("logs", logs, "print the log of a process, by its name as in CLUSTER/PROCESS, or etcd")
    made.add_argument("-f", "--follow", action="store_true", help="go on printing what is added")
    made.add_argument("name", metavar="NAME")
    verbs.add_parser("continue").set_defaults(run=go_on)  # what `up` starts inside
    return top


INSIDE = (status, execute, shell, call)  # in a mesh lab these run where the clusters are


def main(words):
    options = parser().parse_args(words)
    if getattr(options, "command", None) and options.command[0] == "--":
        options.command = options.command[1:]
    try:
        if options.run in INSIDE:
            lab.enter(words)
        return options.run(options)
    except LabError as error:
        say(f"{FRESH_LINE}error: {error}")
        if error.hint:
            say(f"  {error.hint}")
        return 1
    except KeyboardInterrupt:
        say(f"{FRESH_LINE}interrupted; `lab/lab up` goes on, `lab/lab down` removes what was started")
        return 130
