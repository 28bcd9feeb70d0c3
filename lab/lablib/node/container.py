"""One container: a process in the pod's sandbox, started again when it ends, and what its status says."""

import subprocess
import time

from ..images import pull_error
from ..processes import Process, end
from . import fields
from .probes import Probe

PULL_AGAIN = 10  # seconds after a pull that failed
UNHEALTHY_AFTER = 5  # seconds in which a probe may fail without an event about it


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Container:
    def __init__(self, wish, image, sandbox, events):
        self.wish, self.image, self.sandbox, self.events, self.name = wish, image, sandbox, events, wish["name"]
        self.process = Process(sandbox.directory / self.name)
        self.child, self.restarts, self.started_at, self.not_before = None, -1, None, 0
        self.waits, self.last, self.begun = None, None, time.monotonic()  # waits: (reason, message) of one that cannot start
        self.pull_error = pull_error(wish["image"])
        self.startup = Probe(wish, "startupProbe", sandbox.address)
        self.readiness = Probe(wish, "readinessProbe", sandbox.address)

    def keep_running(self, pod, kubernetes, read):
        if self.pull_error:
            return self._pull()
        if self.image is None or self._runs():
            return self._report_probe()
        self._note_end()
        if time.monotonic() < self.not_before:
            return
        try:
            variables = fields.environment(pod, self.wish, self.image, kubernetes, read)
        except fields.Missing as missing:
            self._wait("CreateContainerConfigError", str(missing))
            return
        words = fields.command(self.wish, self.image, variables)
        self._mark_run()
        self.child = self.process.start([*self.sandbox.enter(), *words], env=variables, cwd="/")
        self.waits, self.restarts, self.started_at, self.begun = None, self.restarts + 1, now(), time.monotonic()
        self.not_before = time.monotonic() + min(1 + self.restarts, 10)

    def _runs(self):
        return bool(self.child and self.child.poll() is None)

    def _wait(self, reason, message, seconds=1):
        self.waits, self.not_before = (reason, message), time.monotonic() + seconds
        self.events.warn("Failed", f"Error: {message}", self.name)

    def _pull(self):
        """A pull that fails is tried again, and between two tries the status says that it waits for the next."""
        if time.monotonic() >= self.not_before:
            image = self.wish["image"]
            self.events.warn("Failed", f'Failed to pull image "{image}": {self.pull_error}', self.name)
            self._wait("ErrImagePull", self.pull_error, PULL_AGAIN)
        elif self.waits[0] == "ErrImagePull" and self.not_before - time.monotonic() < PULL_AGAIN - 1:
            self.waits = ("ImagePullBackOff", f'Back-off pulling image "{self.wish["image"]}": ErrImagePull: {self.pull_error}')

    def _note_end(self):
        """What a run that has ended leaves for the status."""
        if not self.child or (self.last and self.last["startedAt"] == self.started_at and self.last["run"] == self.restarts):
            return
        code = self.child.returncode
        self.last = {"run": self.restarts, "exitCode": code if code >= 0 else 128 - code, "startedAt": self.started_at, "finishedAt": now(),
                     "reason": "Error" if code else "Completed"}
        if code and self.wish.get("terminationMessagePolicy") == "FallbackToLogsOnError":
            self.last["message"] = self.process.tail(80)[-2048:]
        self.events.warn("BackOff", f"Back-off restarting failed container {self.name}", self.name)

    def _mark_run(self):
        """Where in its log a run begins, for `kubectl logs` and `kubectl logs --previous`."""
        size = self.process.log.stat().st_size if self.process.log.exists() else 0
        with open(self.process.stem.with_name(self.name + ".runs"), "a") as runs:
            runs.write(f"{size}\n")

    def _report_probe(self):
        for probe, kind in ((self.startup, "Startup"), (self.readiness, "Readiness")):
            if probe.error and time.monotonic() - self.begun > UNHEALTHY_AFTER and probe.error != probe.told:
                probe.told = probe.error
                self.events.warn("Unhealthy", f"{kind} probe failed: {probe.error}", self.name)

    def is_started(self):
        return not self.pull_error and (self.image is None or bool(self._runs() and self.startup.ask()))

    def is_ready(self):
        return self.is_started() and (self.image is None or self.readiness.ask())

    def stop(self, patience):
        """Asked first, as a kubelet does, and none but the first process: pilot-agent then lets its Envoy drain, CoreDNS waits out its
        lame duck."""
        if self._runs():
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
        running = not self.pull_error and (self.image is None or self._runs())
        if running:
            state = {"running": {"startedAt": self.started_at or now()}}
        elif self.waits:
            state = {"waiting": {"reason": self.waits[0], "message": self.waits[1]}}
        elif self.restarts >= 0:
            state = {"waiting": {"reason": "CrashLoopBackOff", "message": f"back-off restarting failed container={self.name}"}}
        else:
            state = {"waiting": {"reason": "ContainerCreating"}}
        last = {key: value for key, value in (self.last or {}).items() if key != "run"}
        return {"name": self.name, "image": self.wish["image"], "imageID": "", "ready": self.is_ready(), "started": self.is_started(),
                "restartCount": max(0, self.restarts), "state": state, "lastState": {"terminated": last} if last else {}}


class Finished:
    """A container that needs no process of its own: its work is done before the others start."""

    def __init__(self, wish):
        self.wish, self.finished_at = wish, now()

    def status(self):
        done = {"exitCode": 0, "reason": "Completed", "startedAt": self.finished_at, "finishedAt": self.finished_at}
        return {"name": self.wish["name"], "image": self.wish["image"], "imageID": "", "ready": True, "restartCount": 0,
                "state": {"terminated": done}}
