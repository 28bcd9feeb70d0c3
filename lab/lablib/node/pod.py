"""The life of one pod that has processes here, in a thread of its own: sandbox, volumes, containers, status, end."""

import http.client
import shutil
import sys
import threading
import time

from ..images import image_of, pull_error
from ..processes import end, under
from . import capture
from .container import Container, Finished, now
from .events import Events
from .fields import Missing
from .sandbox import Sandbox, describe
from .volumes import Volumes

TICK = 0.2
GRACE = 10  # seconds at most that a pod takes to end


class Pod(threading.Thread):
    def __init__(self, agent, pod):
        super().__init__(daemon=True)
        self.agent, self.pod, self.metadata = agent, pod, pod["metadata"]
        self.path = f"/api/v1/namespaces/{self.metadata['namespace']}/pods/{self.metadata['name']}"
        self.directory = agent.pods_directory / self.metadata["namespace"] / self.metadata["name"]
        self.wake, self.stale, self.told, self.gone = threading.Event(), False, None, False
        self.containers, self.finished = [], []
        self.events = Events(agent.api, pod, f"{agent.cluster.name}-node")
        self.sandbox = Sandbox(self.directory, agent.index, agent.numbers.take())
        self.volumes = Volumes(self.directory / "volumes", pod, agent.api, agent.read)

    def update(self, pod):
        self.pod = pod
        self.wake.set()

    def refresh(self):
        """Something that a volume may be made of has changed."""
        self.stale = True
        self.wake.set()

    def is_ending(self):
        return self.gone or "deletionTimestamp" in self.pod["metadata"]

    def run(self):
        try:
            self._live()
        except Exception as error:  # the thread is the pod: whatever it is, it is told and the pod ends
            print(f"pod {self.path}: {error!r}", file=sys.stderr, flush=True)
            self._report(f"{error}")
            while not self.is_ending():
                self._pause()
        self._end()

    def _live(self):
        # The half of the status that needs no process comes first: who waits for the address need not wait for more.
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self._patiently(lambda: self.volumes.write(self.pod)):
            return
        self.sandbox.make(self.pod, self._binds())
        describe(self.directory, holder=self.sandbox.child.pid, address=self.sandbox.address, cluster=self.agent.cluster.name,
                 namespace=self.metadata["namespace"], name=self.metadata["name"], started=time.time())
        self.pod.setdefault("status", {})["podIP"] = self.sandbox.address
        self._report()
        for wish in self.pod["spec"].get("initContainers", []):
            if not self._initialise(wish):
                return
        self.containers += [Container(wish, image_of(wish), self.sandbox, self.events) for wish in self.pod["spec"]["containers"]]
        while not self.is_ending():
            self._patiently(self._keep_running)
            self._report()
            self._pause()

    def _initialise(self, wish):
        """Starts a sidecar and waits until it has started; another init container has no process, and is done."""
        if wish.get("restartPolicy") != "Always" and not pull_error(wish["image"]):
            if capture.is_capture(wish):
                self.sandbox.rules(capture.rules(wish))
            self.finished.append(Finished(wish))
            return True
        self.containers.append(Container(wish, image_of(wish), self.sandbox, self.events))
        while not self.is_ending():
            if self._patiently(self._keep_running) and self.containers[-1].is_started():
                return True
            self._report()
            self._pause()
        return False

    def _keep_running(self):
        if self.stale or time.monotonic() > self.volumes.renewal():
            self.stale = False
            self.volumes.write(self.pod)
        pod = self.pod | {"status": {**self.pod.get("status", {}), "podIP": self.sandbox.address, "hostIP": self.agent.node_ip}}
        for container in self.containers:
            container.keep_running(pod, self.agent.kubernetes, self.agent.read)

    def _patiently(self, action):
        """Repeats what needs an object that is not there yet; False if the pod ends meanwhile."""
        while not self.is_ending():
            try:
                action()
                return True
            except Missing as missing:
                self.events.warn("FailedMount", str(missing))
                self._report(str(missing))
                self._pause(1)
        return False

    def _pause(self, seconds=TICK):
        self.wake.wait(seconds if not self.told or not self.told["all_ready"] else max(seconds, 0.5))
        self.wake.clear()

    def _binds(self):
        """What is where in the pod's root: the programs of its images, then its volumes."""
        binds, every = {}, self.pod["spec"].get("initContainers", []) + self.pod["spec"]["containers"]
        for wish in every:
            for path, source in (image_of(wish).files if image_of(wish) else {}).items():
                binds[path] = self.agent.tool(source)
        for wish in every:
            for each in wish.get("volumeMounts", []):
                binds[each["mountPath"]] = self.directory / "volumes" / each["name"] / each.get("subPath", "")
        return [(source, path) for path, source in sorted(binds.items(), key=lambda bind: bind[0].count("/"))]

    def _report(self, message=""):
        """Tells the API server what has changed since it was told last."""
        statuses = [container.status() for container in self.containers]
        initial = {wish["name"] for wish in self.pod["spec"].get("initContainers", [])}
        initialised = len(self.finished) + sum(c.name in initial and c.is_started() for c in self.containers) == len(initial)
        all_ready = initialised and len(statuses) + len(self.finished) == len(initial) + len(self.pod["spec"]["containers"]) and \
            all(status["ready"] for status in statuses)
        key = {"all_ready": all_ready, "initialised": initialised, "message": message,
               "containers": [(s["name"], s["ready"], s["started"], s["restartCount"], list(s["state"]), s["state"].get("waiting")) for s in statuses]}
        if key == self.told or self.gone:
            return
        conditions = [c for c in self.pod.get("status", {}).get("conditions", []) if c["type"] == "PodScheduled"]
        for kind, holds in (("Initialized", initialised), ("ContainersReady", all_ready), ("Ready", all_ready)):
            conditions.append({"type": kind, "status": "True" if holds else "False", "lastTransitionTime": now(),
                               "reason": "" if holds else "ContainersNotReady", "message": "" if holds else message})
        status = {"phase": "Running" if initialised and statuses else "Pending", "conditions": conditions, "hostIP": self.agent.node_ip,
                  "startTime": self.metadata["creationTimestamp"], "containerStatuses": [s for s in statuses if s["name"] not in initial],
                  "initContainerStatuses": [f.status() for f in self.finished] + [s for s in statuses if s["name"] in initial]}
        if self.sandbox.child:
            status |= {"podIP": self.sandbox.address, "podIPs": [{"ip": self.sandbox.address}]}
        code, _ = self.agent.api.request("PATCH", f"{self.path}/status", {"status": status}, "application/merge-patch+json")
        if code == 200:
            self.told = key

    def _end(self):
        deadline = time.monotonic() + min(GRACE, self.pod["spec"].get("terminationGracePeriodSeconds", 30),
                                          self.pod["metadata"].get("deletionGracePeriodSeconds", 30))
        stops = [threading.Thread(target=c.stop, args=(max(0, deadline - time.monotonic()),)) for c in self.containers]
        for each in stops:
            each.start()
        for each in stops:
            each.join()
        end(under(self.directory))
        self.sandbox.remove()
        try:
            self.agent.api.request("DELETE", self.path, {"gracePeriodSeconds": 0, "preconditions": {"uid": self.metadata["uid"]}})
        except (OSError, http.client.HTTPException):
            pass
        if self.directory.exists() and not any(self.directory.glob("*.log")):
            shutil.rmtree(self.directory)
        self.agent.forget(self)
