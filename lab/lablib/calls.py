"""Requests from within a pod of a mesh lab, as `kubectl exec POD -- curl URL` would make them."""

import os
import subprocess
import sys

from . import lab, mesh
from .errors import LabError

# Runs in the pod. One line for an answer: its status and body; exit 1 unless all are 200.
REQUEST = """
import http.client, sys, urllib.error, urllib.request
url, count, timeout = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
good = 0
for _ in range(count):
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    except (OSError, http.client.HTTPException) as error:  # the second: an answer that was cut in its middle
        status, body = 0, str(getattr(error, "reason", error)).encode()
    good += status == 200
    print(status, body.decode(errors="replace").strip(), flush=True)
sys.exit(0 if good == count else 1)
"""


def find(words):
    """The pod that CLUSTER/[NAMESPACE/]WORKLOAD names: the newest whose name is that or begins with it."""
    cluster, _, rest = words.partition("/")
    namespace, _, name = rest.rpartition("/")
    directory, running = lab.existing()
    known = [c for c in running.clusters if c.name == cluster]
    pods = [pod for c in known for pod in mesh.pods(directory, c) if pod["namespace"] == (namespace or "default")]
    fitting = [pod for pod in pods if pod["name"] == name or pod["name"].startswith(name + "-")]
    if not fitting:
        raise LabError(f"no pod with a process is called {words}",
                       "there are: " + ", ".join(f"{p['cluster']}/{p['namespace']}/{p['name']}" for p in pods))
    return max(fitting, key=lambda pod: pod["started"])


def call(pod, url, count, timeout):
    if not running_mesh():
        raise LabError("call needs a mesh lab", "lab/lab up --mesh")
    words = ["nsenter", f"--target={find(pod)['holder']}", "--net", "--mount", "--root", "--wd", "--",
             "/usr/bin/python3", "-c", REQUEST, url, str(count), str(timeout)]
    sys.stdout.flush()
    return subprocess.run(words, env={"PATH": os.defpath}).returncode


def running_mesh():
    return lab.existing()[1].mesh
