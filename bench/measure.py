"""Times whole processes in pairs, so that a busy machine slows both sides alike."""

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
    samples: list = field(default_factory=list)
    peak: int = 0  # bytes

    def median(self, what: str) -> float:
        return statistics.median(getattr(sample, what) for sample in self.samples)


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


def run(command: Command) -> Sample:
    """Runs it once; a wrong exit status ends the benchmark, since a failing command is a fast one."""
    command.before()
    with tempfile.TemporaryFile() as complaint:
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                   (os.POSIX_SPAWN_DUP2, complaint.fileno(), 2)]
        # Not subprocess: what it does around the start takes as long as what is measured here.
        begun = time.perf_counter()
        child = os.posix_spawnp(command.words[0], command.words, command.environment, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - begun
        if os.waitstatus_to_exitcode(status) != command.status:
            complaint.seek(0)
            raise SystemExit(f"{command.name} ended with {os.waitstatus_to_exitcode(status)}: {complaint.read().decode()[-2000:]}")
    return Sample(wall, usage.ru_utime + usage.ru_stime)


def peak_memory(command: Command) -> int:
    """Bytes of the largest process of one more run. Through time(1): a child counts the memory of who forked it, and Python is large."""
    command.before()
    with tempfile.NamedTemporaryFile() as figure:
        subprocess.run(["/usr/bin/time", "-q", "-f", "%M", "-o", figure.name, *command.words], env=command.environment,
                       stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return int(figure.read()) * 1024


def pairs(ours: Command, peer: Command, rounds: int) -> Pair:
    """Ours and the peer in turn, the order changing every round; one round warms up and does not count."""
    run(ours)
    run(peer)
    result = Pair(Side(peak=peak_memory(ours)), Side(peak=peak_memory(peer)))
    for number in range(rounds):
        sides = [(ours, result.ours), (peer, result.peer)]
        for command, side in sides if number % 2 == 0 else reversed(sides):
            side.samples.append(run(command))
    return result
