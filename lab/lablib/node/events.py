"""What a kubelet reports about a pod as events, counted when they repeat."""

import threading

from .container import now


class Events:
    def __init__(self, api, pod, node):
        self.api, self.node, self.lock, self.known = api, node, threading.Lock(), {}
        metadata = pod["metadata"]
        self.path = f"/api/v1/namespaces/{metadata['namespace']}/events"
        self.about = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"]}

    def warn(self, reason, message, container=None):
        with self.lock:
            key = (reason, message, container)
            name, count = self.known.get(key, (f"{self.about['name']}.{len(self.known):x}.{self.about['uid'][:8]}", 0))
            self.known[key] = (name, count + 1)
        if count:
            self.api.request("PATCH", f"{self.path}/{name}", {"count": count + 1, "lastTimestamp": now()}, "application/merge-patch+json")
            return
        about = self.about | ({"fieldPath": f"spec.containers{{{container}}}"} if container else {})
        self.api.request("POST", self.path, {
            "metadata": {"name": name, "namespace": self.about["namespace"]}, "involvedObject": about, "type": "Warning", "reason": reason,
            "message": message, "count": 1, "firstTimestamp": now(), "lastTimestamp": now(),
            "source": {"component": "kubelet", "host": self.node}, "reportingComponent": "kubelet", "reportingInstance": self.node})
