"""Processes that outlive the launcher, and that a later launcher can find and end without mistaking them.

A process writes its own record (boot, pid, start time) before it becomes the program it is to be. So there is no moment at
which it runs unrecorded, however abruptly the launcher is killed, and a pid that was given away again is not taken for it.
"""

import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError

SUFFIX = ".process"
RECORD_THEN_BECOME = (
    'read -r boot < /proc/sys/kernel/random/boot_id; read -r stat < /proc/$$/stat; '
    'echo "$boot $stat" > "$0"; exec "$@"'
)


def boot_id():
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _stat(pid):
    """State and start time of a process (fields 3 and 22 of stat; a name before them may hold anything, even spaces)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return fields[0], fields[19]


@dataclass(frozen=True)
class Process:
    """One process by its place in the state directory: STEM.process is the record, STEM.log what it says."""

    stem: Path

    @property
    def record(self):
        return self.stem.with_name(self.stem.name + SUFFIX)

    @property
    def log(self):
        return self.stem.with_name(self.stem.name + ".log")

    def pid(self):
        """Its pid while it runs, else None."""
        try:
            boot, _, stat = self.record.read_text().partition(" ")
            pid, started = int(stat.split()[0]), stat.rpartition(")")[2].split()[19]
            state, running_since = _stat(pid)
        except (OSError, ValueError, IndexError):
            return None  # no record, half a record (it never became the program), or no such process
        return pid if boot == boot_id() and running_since == started and state not in "ZX" else None

    def start(self, argv, env=None, cwd=None, pass_fds=()):
        """Starts it in a session of its own, so that Ctrl-C in the terminal does not end a lab that is up."""
        self.stem.parent.mkdir(parents=True, exist_ok=True)
        self.record.unlink(missing_ok=True)
        with open(self.log, "ab") as log:
            child = subprocess.Popen(
                ["/bin/sh", "-ec", RECORD_THEN_BECOME, str(self.record), *map(str, argv)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=env, cwd=cwd, pass_fds=pass_fds,
            )
        try:
            while self.pid() is None and child.poll() is None:  # until the record is there, it would count as dead
                time.sleep(0.001)
        except KeyboardInterrupt:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        return child

    def memory(self):
        """Resident bytes of its own, 0 if it does not run; pages of the program file are not counted, all processes share them."""
        pid = self.pid()
        if pid is None:
            return 0
        try:
            _, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
        except OSError:
            return 0
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")

    def tail(self, lines=12):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def under(directory):
    """Every process that has a record below the directory."""
    return [Process(record.with_name(record.name.removesuffix(SUFFIX))) for record in sorted(directory.rglob("*" + SUFFIX))]


def end(processes, patience=10):
    """Kills the processes with what they started, and returns how many ran. Nothing of a lab is kept, so no one is asked first."""
    handles = []
    for process in processes:
        pid = process.pid()
        if pid is None:
            continue
        try:
            handle = os.pidfd_open(pid)
            handles.append(handle)
            if process.pid() == pid:  # the handle is of the process in the record, not of a successor
                os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    try:
        for handle in handles:
            if not select.select([handle], [], [], patience)[0]:
                raise LabError("a process of the lab does not end, not even killed", "see `lab/lab status`")
    finally:
        for handle in handles:
            os.close(handle)
    return len(handles)
