"""The agent of one cluster: what it watches, and who hears of it."""

import os
import signal
import sys
import threading
from pathlib import Path

from .. import network, state
from ..api import Api
from ..images import has_process
from ..processes import end, under
from .pod import Pod
from .sandbox import Numbers
from .services import Services
from .volumes import data_of
from .watch import Watch


class Agent:
    def __init__(self, directory, lab, cluster):
        self.lab, self.cluster, self.index, self.directory = lab, cluster, cluster.index, directory / cluster.name
        self.pods_directory, self.numbers = self.directory / "pods", Numbers()
        self.node_ip, self.kubernetes = network.control_plane(self.index), network.service(self.index, 1)
        self.api = Api(cluster.port, self.directory / "pki", user="kwok")
        self.pods, self.lock = {}, threading.Lock()
        node = f"?fieldSelector=spec.nodeName%3D{cluster.name}-node"
        self.watched = {
            "configMap": Watch(self.api, "/api/v1/configmaps", self._source_changed),
            "secret": Watch(self.api, "/api/v1/secrets", self._source_changed),
            "service": Watch(self.api, "/api/v1/services", self._service_changed),
            "slice": Watch(self.api, "/apis/discovery.k8s.io/v1/endpointslices", self._service_changed),
            "pod": Watch(self.api, f"/api/v1/pods{node}", self._pod_changed),
        }
        self.services = Services(self.index, self.watched["service"], self.watched["slice"], self.directory / "load-balancers.hosts")

    def run(self):
        end(under(self.pods_directory))  # of an agent before this one: their pods start anew
        self.services.start()
        for kind in ("configMap", "secret", "service", "slice"):
            self.watched[kind].start()
        for kind in ("configMap", "secret"):
            self.watched[kind].listed.wait()
        self.watched["pod"].start()
        self.watched["pod"].join()

    def read(self, kind, pod, name):
        """The data of a ConfigMap or Secret in the pod's namespace, or None."""
        return data_of(kind, self.watched[kind].find(pod["metadata"]["namespace"], name))

    def tool(self, source):
        """The path of a file of an image."""
        return source if isinstance(source, Path) else Path(self.lab.tools[source[0]]) / source[1]

    def forget(self, pod):
        with self.lock:
            self.pods.pop(pod.metadata["uid"], None)

    def _pod_changed(self, pod, is_there):
        uid = pod["metadata"]["uid"]
        with self.lock:
            known = self.pods.get(uid)
            if known:
                known.gone = not is_there
                known.update(pod)
            elif is_there and has_process(pod):
                self.pods[uid] = Pod(self, pod)
                self.pods[uid].start()

    def _source_changed(self, item, _):
        with self.lock:
            for pod in self.pods.values():
                if pod.metadata["namespace"] == item["metadata"].get("namespace"):
                    pod.refresh()

    def _service_changed(self, *_):
        self.services.dirty.set()


def main(name):
    os.umask(0o022)  # what is in a pod is read by whoever runs there
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    directory = state.state_directory()
    lab = state.load(directory)
    Agent(directory, lab, next(c for c in lab.clusters if c.name == name)).run()


main(sys.argv[1])
