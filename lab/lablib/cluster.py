"""One cluster: the processes it consists of, their arguments, and when it counts as ready."""

import json
import os
import sys
import threading
import time

from . import certs, images, network
from .api import Api, write_kubeconfig
from .errors import LabError
from .processes import Process
from .state import LAB

NAMES = ("game-agones", "game-gke")  # the demo's contexts; then game-3, game-4 ...
REGIONS = ("us-east1", "europe-west1", "asia-northeast1")
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")  # a bare cluster is the first alone
MESH_COMPONENTS = ("podstreams", "node")  # what a mesh lab adds: a kubelet in two parts
NO_PROCESS_HERE = "# and has no process"
# What a Service of type LoadBalancer without an annotation gets: words of stages.yaml, and others in their place.
LOAD_BALANCER = {
    "ip": (),
    "hostname": (('"lab/load-balancer" ) "ip"', '"lab/load-balancer" ) "hostname"'),),
    "pending": (("operator: NotIn, values: [pending]", "operator: In, values: [ip, hostname]"),),
}
KUBELET_PORT = 10250  # in a mesh lab, on the node's address
PYTHON = [sys.executable, "-B", "-m"]
PATIENCE = 180  # seconds; a loaded machine is slow, a dead process is noticed at once
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [{"level": "Metadata"}]}


GIVEN_UP = threading.Event()  # set when one cluster failed or the user interrupts: nobody waits any longer


def name_of(index):
    return NAMES[index] if index < len(NAMES) else f"game-{index + 1}"


def wait_for(what, check, *watched):
    """Polls until `check` holds; a process that ends meanwhile ends the wait, with its last words."""
    deadline = time.monotonic() + PATIENCE
    while not check():
        for process in watched:
            if process.pid() is None:
                raise LabError(f"{process.stem.name} ended before {what}; the end of {process.log}:\n{process.tail()}")
        if GIVEN_UP.is_set():
            raise LabError("given up")
        if time.monotonic() > deadline:
            raise LabError(f"after {PATIENCE} s still waiting: {what}", "see `lab/lab status` and `lab/lab logs`")
        time.sleep(0.05)


class Running:
    """A cluster of the lab at its place in the state directory."""

    def __init__(self, state, lab, cluster):
        self.lab, self.cluster, self.directory = lab, cluster, state / cluster.name
        self.pki = self.directory / "pki"
        self.components = COMPONENTS[:1] if lab.bare else COMPONENTS + MESH_COMPONENTS if lab.mesh else COMPONENTS
        self.node_ip = network.control_plane(cluster.index) if lab.mesh else "127.0.0.1"
        self.processes = {name: Process(self.directory / name) for name in self.components}

    def api(self):
        return Api(self.cluster.port, self.pki)

    def is_alive(self):
        return all(process.pid() for process in self.processes.values())

    def _api_server(self):
        files, index = self.pki, self.cluster.index
        arguments = {
            "etcd-servers": f"http://127.0.0.1:{self.lab.etcd_port}",
            "etcd-prefix": f"/{self.cluster.name}",
            "bind-address": "127.0.0.1",
            "secure-port": self.cluster.port,
            "advertise-address": "192.0.2.1",  # must not be loopback; nobody connects to it
            "endpoint-reconciler-type": "none",
            "service-cluster-ip-range": network.services(index),
            "authorization-mode": "Node,RBAC",
            "allow-privileged": "true",
            "profiling": "false",
            "tls-cert-file": files / "server.crt",
            "tls-private-key-file": files / "server.key",
            "client-ca-file": files / "ca.crt",
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-key-file": files / "service-accounts.key",
            "service-account-signing-key-file": files / "service-accounts.key",
            "requestheader-client-ca-file": files / "ca.crt",
            "requestheader-allowed-names": "front-proxy",
            "requestheader-username-headers": "X-Remote-User",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            "proxy-client-cert-file": files / "front-proxy.crt",
            "proxy-client-key-file": files / "front-proxy.key",
            "enable-aggregator-routing": "true",
        }
        if self.lab.audit:
            policy = self.directory / "audit-policy.json"
            policy.write_text(json.dumps(AUDIT_POLICY))
            arguments |= {"audit-policy-file": policy, "audit-log-path": self.directory / "audit.log"}
        if self.lab.mesh:  # pods find it by its address, and the Service `kubernetes` leads there
            arguments |= {"bind-address": "0.0.0.0", "advertise-address": self.node_ip, "kubelet-preferred-address-types": "InternalIP"}
            del arguments["endpoint-reconciler-type"]
        return arguments

    def _stages(self):
        """What kwok plays; the pods that have processes in a mesh lab are not its business."""
        if not self.lab.mesh:
            return LAB / "stages.yaml"
        text = (LAB / "stages.yaml").read_text()
        for word, other in ((NO_PROCESS_HERE, images.NO_PROCESS), ("elb.example.com", f"{self.cluster.name}.elb.example.com"),
                            *LOAD_BALANCER[self.lab.mesh["lb"]]):
            text = text.replace(word, other)
        stages = self.directory / "stages.yaml"
        stages.write_text(text)
        return stages

    def _arguments(self, name):
        if name == "kube-apiserver":
            return self._api_server()
        if name == "podstreams":
            return {"address": f"{self.node_ip}:{KUBELET_PORT}", "directory": self.directory / "pods",
                    "certificate": self.pki / "server.crt", "key": self.pki / "server.key"}
        kubeconfig = self.directory / f"{name}.kubeconfig"
        # Neither has anything to serve here, and leaders have no rivals.
        client = {"kubeconfig": kubeconfig, "secure-port": 0, "leader-elect": "false"}
        return {
            "kube-controller-manager": client | {
                "root-ca-file": self.pki / "ca.crt",
                "service-account-private-key-file": self.pki / "service-accounts.key",
                "cluster-signing-cert-file": self.pki / "ca.crt",
                "cluster-signing-key-file": self.pki / "ca.key",
            },
            "kube-scheduler": client,
            "kwok": {
                "kubeconfig": kubeconfig,
                "config": self._stages(),
                "manage-all-nodes": "true",
                "node-name": "localhost",
                "node-ip": self.node_ip,
                "node-port": KUBELET_PORT if self.lab.mesh else self.cluster.kwok_port,
                "server-address": f"127.0.0.1:{self.cluster.kwok_port}",
                "node-lease-duration-seconds": 40,  # without leases the node turns Unknown after a while
                "cidr": network.pretending_pods(self.cluster.index) if self.lab.mesh else network.pods(self.cluster.index),
            },
        }[name]

    def _start(self, name):
        process = self.processes[name]
        if process.pid():
            return
        if name == "node":
            process.start([*PYTHON, "lablib.node", self.cluster.name], cwd=LAB)
            return
        program = f"{self.lab.tools.get(name, self.lab.tools['kubebox'])}/{name}"
        if name not in ("kube-apiserver", "podstreams"):
            write_kubeconfig(self.directory / f"{name}.kubeconfig", [self.cluster], lambda _: self.pki, user=name)
        # Fifty API servers on one machine: trade a little CPU for a third of the memory.
        environment = os.environ | ({"GOGC": "50"} if self.lab.bare else {})
        process.start([program, *(f"--{key}={value}" for key, value in self._arguments(name).items())],
                      env=environment, cwd=self.directory)

    def _node(self):
        name, region = f"{self.cluster.name}-node", REGIONS[self.cluster.index % len(REGIONS)]
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                  "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": f"{region}-b"}
        return {"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}}

    def _takes_pods(self, api):
        node = api.get(f"/api/v1/nodes/{self._node()['metadata']['name']}")
        conditions = {c["type"]: c["status"] for c in (node or {}).get("status", {}).get("conditions", [])}
        return conditions.get("Ready") == "True" and not node["spec"].get("taints")

    def is_ready(self):
        """Asked now, not remembered."""
        return self.is_alive() and self.api().ready() and (self.lab.bare or self._takes_pods(self.api()))

    def bring_up(self):
        """Starts what does not run, and returns when the cluster is ready. Safe to repeat after any interruption."""
        addresses = (self.node_ip, network.service(self.cluster.index, 1)) if self.lab.mesh else ()
        certs.make(self.pki, self.cluster.name, addresses)
        self._start("kube-apiserver")
        server, api = self.processes["kube-apiserver"], self.api()
        wait_for(f"{self.cluster.name} is ready", api.ready, server)
        if not self.lab.bare:
            for name in self.components[1:]:
                self._start(name)
            watched = self.processes.values()
            wait_for("the node is created", lambda: api.create("/api/v1/nodes", self._node()), *watched)
            root = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt"
            wait_for("the controller manager works", lambda: api.get(root), *watched)
            wait_for("the node takes pods", lambda: self._takes_pods(api), *watched)
        self.cluster.ready = True
