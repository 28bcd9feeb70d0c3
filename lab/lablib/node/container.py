"""One container: a process in the pod's sandbox, started again when it ends, and what its status says."""

import subprocess
import time

from ..processes import Process, end
from . import fields
from .probes import Probe


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Container:
    def __init__(self, wish, image, sandbox):
        self.wish, self.image, self.sandbox, self.name = wish, image, sandbox, wish["name"]
        self.process = Process(sandbox.directory / self.name)
        self.child, self.restarts, self.started_at, self.not_before = None, -1, None, 0
        self.startup = Probe(wish, "startupProbe", sandbox.address)
        self.readiness = Probe(wish, "readinessProbe", sandbox.address)

    def keep_running(self, pod, kubernetes, read):
        if self.image is None or (self.child and self.child.poll() is None) or time.monotonic() < self.not_before:
            return
        variables = fields.environment(pod, self.wish, self.image, kubernetes, read)
        words = fields.command(self.wish, self.image, variables)
        self.child = self.process.start([*self.sandbox.enter(), *words], env=variables, cwd="/")
        self.restarts, self.started_at = self.restarts + 1, now()
        self.not_before = time.monotonic() + min(1 + self.restarts, 10)

    def is_started(self):
        return self.image is None or bool(self.child and self.child.poll() is None and self.startup.ask())

    def is_ready(self):
        return self.is_started() and (self.image is None or self.readiness.ask())

    def stop(self, patience):
        """Asked first, as a kubelet does, and none but the first process: pilot-agent then lets its Envoy drain, CoreDNS waits out its
        lame duck."""
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                pass
        end([self.process])
        if self.child:
            self.child.wait()
        self.process.record.unlink(missing_ok=True)

    def status(self):
        running = self.image is None or bool(self.child and self.child.poll() is None)
        state = {"running": {"startedAt": self.started_at or now()}} if running else {"waiting": {"reason": "ContainerCreating"}}
        if not running and self.restarts >= 0:
            state = {"waiting": {"reason": "CrashLoopBackOff", "message": self.process.tail(3)}}
        return {"name": self.name, "image": self.wish["image"], "imageID": "", "ready": self.is_ready(), "started": self.is_started(),
                "restartCount": max(0, self.restarts), "state": state}


class Finished:
    """A container that needs no process of its own: its work is done before the others start."""

    def __init__(self, wish):
        self.wish, self.finished_at = wish, now()

    def status(self):
        done = {"exitCode": 0, "reason": "Completed", "startedAt": self.finished_at, "finishedAt": self.finished_at}
        return {"name": self.wish["name"], "image": self.wish["image"], "imageID": "", "ready": True, "restartCount": 0,
                "state": {"terminated": done}}
