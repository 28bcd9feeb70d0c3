"""Times whole processes in pairs, so that a busy machine slows both sides alike."""

import math
import os
import random
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field


@dataclass
class Sample:
    """One process with all its children, in seconds."""

    wall: float
    cpu: float


@dataclass
class Command:
    """What is timed. `before` puts the world back and is not timed; `status` is the one exit status that counts."""

    name: str
    words: list
    environment: dict
    status: int = 0
    before: callable = lambda: None


@dataclass
class Side:
    peak: int  # bytes
    requests: object  # None where nobody counts them
    samples: list = field(default_factory=list)

    def median(self, what: str) -> float:
        return statistics.median(getattr(sample, what) for sample in self.samples)

    def p99(self) -> float:
        walls = sorted(sample.wall for sample in self.samples)
        return walls[math.ceil(0.99 * len(walls)) - 1]


@dataclass
class Pair:
    ours: Side
    peer: Side

    def ratio(self, what: str) -> float:
        """Peer's time over ours: the median of the paired ratios."""
        return statistics.median(self._ratios(what))

    def interval(self, what: str) -> tuple:
        """95 % of the medians of resampled pairs lie in it."""
        ratios = self._ratios(what)
        dice = random.Random(1)
        medians = sorted(statistics.median(dice.choices(ratios, k=len(ratios))) for _ in range(1000))
        return medians[25], medians[974]

    def _ratios(self, what: str) -> list:
        return [getattr(peer, what) / max(getattr(ours, what), 1e-6)
                for ours, peer in zip(self.ours.samples, self.peer.samples)]


def check(command: Command, status: int, complaint: bytes):
    """A wrong exit status ends the benchmark, since a failing command is a fast one."""
    if status != command.status:
        raise SystemExit(f"{command.name} ended with {status}: {complaint.decode()[-2000:]}")


def run(command: Command) -> Sample:
    command.before()
    with tempfile.TemporaryFile() as complaint:
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                   (os.POSIX_SPAWN_DUP2, complaint.fileno(), 2)]
        # Not subprocess: what it does around the start takes as long as what is measured here.
        begun = time.perf_counter()
        child = os.posix_spawnp(command.words[0], command.words, command.environment, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - begun
        complaint.seek(0)
        check(command, os.waitstatus_to_exitcode(status), complaint.read())
    return Sample(wall, usage.ru_utime + usage.ru_stime)


def look_at(command: Command, requests) -> Side:
    """The run that warms up: its largest process, and what it asked. Through time(1): a child counts the memory of who forked it, and
    Python is large."""
    command.before()
    requests()
    with tempfile.NamedTemporaryFile() as figure:
        ended = subprocess.run(["/usr/bin/time", "-q", "-f", "%M", "-o", figure.name, *command.words], env=command.environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        check(command, ended.returncode, ended.stderr)
        return Side(peak=int(figure.read()) * 1024, requests=requests())


def pairs(ours: Command, peer: Command, rounds: int, requests) -> Pair:
    """Ours and the peer in turn, the order changing every round. `requests` tells those since it was last called."""
    result = Pair(look_at(ours, requests), look_at(peer, requests))
    for number in range(rounds):
        sides = [(ours, result.ours), (peer, result.peer)]
        for command, side in sides if number % 2 == 0 else reversed(sides):
            side.samples.append(run(command))
    return result
