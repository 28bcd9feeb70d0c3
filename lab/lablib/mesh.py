"""What a mesh lab has beside clusters: the world around them, and what an operator finds in them on the first day."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from . import network
from .cluster import wait_for
from .errors import LabError
from .processes import Process, end, under
from .state import LAB

LOAD_BALANCER_KINDS = ("ip", "hostname", "pending")
DNS_KINDS = {"coredns": "kubeadm", "coredns-custom": "kube-addon-manager", "kube-dns": "kube-addon-manager"}  # and who manages it
APPS = {0: "app1", 1: "app2", 2: "app3"}  # by cluster
INTERNET = """\
.:53 {{
    bind {address}
    errors
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""
HOSTED = """\
{cluster}.elb.example.com:53 {{
    bind {address}
    errors
    hosts {file} {{
        ttl 5
        reload 500ms
    }}
}}
"""


def processes(directory):
    """Those of no cluster: the name server of the internet, the chart repository."""
    return {"internet-dns": Process(directory / "internet-dns"), "chart-repository": Process(directory / "chart-repository")}


def start_world(directory, lab):
    started = processes(directory)
    dns = started["internet-dns"]
    corefile = directory / "internet.Corefile"
    hosted = [HOSTED.format(cluster=c.name, address=network.INTERNET_DNS, file=directory / c.name / "load-balancers.hosts") for c in lab.clusters]
    text = INTERNET.format(address=network.INTERNET_DNS) + "".join(hosted)
    if dns.pid() and corefile.read_text() != text:
        end([dns])
    corefile.write_text(text)
    if not dns.pid():
        dns.start([f"{lab.tools['coredns']}/coredns", "-conf", corefile])
    charts = started["chart-repository"]
    if not charts.pid():
        charts.start([sys.executable, "-B", "-m", "http.server", "--bind", "127.0.0.1", "--directory", f"{lab.tools['istio-files']}/repository",
                      lab.mesh["chart_port"]])


def furnish(directory, lab, cluster, api):
    """Creates what the cluster has before there is a mesh, once: later it is the operator's. Returns when it works."""
    done = directory / cluster.name / "furnished"
    if not done.exists():
        _create(directory, lab, cluster)
        done.touch()
    dns = "kube-dns" if lab.mesh["dns"] == "kube-dns" else "coredns"
    for namespace, name in (("kube-system", dns), ("default", APPS[cluster.index])):
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        wait_for(f"{cluster.name}: deployment {name} is available", lambda path=path: _is_available(api.get(path)))


def _create(directory, lab, cluster):
    """In the name of those who make these objects elsewhere, and as they do: not by server-side apply."""
    names = {"app": APPS[cluster.index], "cluster": cluster.name, "dns": network.service(cluster.index, 10)}
    for manager, files in ((DNS_KINDS[lab.mesh["dns"]], ("dns-common", f"dns-{lab.mesh['dns']}")), ("kubectl-create", ("app",))):
        text = "\n---\n".join((LAB / "mesh" / f"{name}.yaml").read_text() for name in files)
        for name, value in names.items():
            text = text.replace("{{%s}}" % name, value)
        created = subprocess.run([f"{lab.tools['kubebox']}/kubectl", "--kubeconfig", directory / "kubeconfig", "--context", cluster.name,
                                  "create", f"--field-manager={manager}", "-f", "-"], input=text, capture_output=True, text=True)
        errors = [line for line in created.stderr.splitlines() if "AlreadyExists" not in line]  # an `up` before this one was interrupted
        if created.returncode and errors:
            raise LabError(f"{cluster.name}: {errors[-1]}")


def _is_available(deployment):
    """Gone counts too: it was there once, and whoever removed it had a reason."""
    return deployment is None or deployment.get("status", {}).get("availableReplicas", 0) >= deployment["spec"]["replicas"]


def furnish_all(directory, lab, todo, api_of):
    with ThreadPoolExecutor(len(todo)) as pool:
        list(pool.map(lambda cluster: furnish(directory, lab, cluster, api_of(cluster)), todo))


def variables(directory, lab):
    """What a mesh lab adds to the environment of `env` and `exec`."""
    return {
        "LAB_CHARTS": f"{lab.tools['istio-files']}/charts",
        "LAB_CHART_REPO": f"http://127.0.0.1:{lab.mesh['chart_port']}",
        "LAB_ISTIO_VALUES": str(LAB / "mesh" / "istio-values.yaml"),
        "LAB_HELM3": f"{lab.tools['helm3']}/helm",
        "LAB_HELM4": f"{lab.tools['helm4']}/helm",
        # helm's own files stay out of the user's home, as kubectl's cache does.
        "HELM_CACHE_HOME": str(directory / "helm" / "cache"),
        "HELM_CONFIG_HOME": str(directory / "helm" / "config"),
        "HELM_DATA_HOME": str(directory / "helm" / "data"),
    }


PROGRAMS = {"helm": ("helm4", "helm"), "istioctl": ("istioctl", "istioctl")}  # on PATH in `exec`, beside kubectl



def pods(directory, cluster):
    """The pods of a cluster that have processes, as the node agent describes them, with the memory that they take."""
    found = []
    for description in sorted((directory / cluster.name / "pods").glob("*/*/pod.json")):
        try:
            pod = json.loads(description.read_text())
        except (OSError, ValueError):
            continue  # it went just now
        containers = [p for p in under(description.parent) if p.stem.name != "holder"]
        found.append(pod | {"containers": [p.stem.name for p in containers], "memory": sum(p.memory() for p in containers)})
    return found
