"""Times whole processes in pairs, so that a busy machine slows both sides alike."""

import os
import random
import statistics
import subprocess
import time
from dataclasses import dataclass, field


@dataclass
class Sample:
    """One process with all its children. Seconds and bytes."""

    wall: float
    cpu: float
    peak_rss: int


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

    def median(self, what: str) -> float:
        return statistics.median(getattr(sample, what) for sample in self.samples)

    def peak(self) -> int:
        return max(sample.peak_rss for sample in self.samples)


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
    begun = time.perf_counter()
    process = subprocess.Popen(command.words, env=command.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != command.status:
        raise SystemExit(f"{command.name} ended with {process.returncode}: {complaint.decode()[-2000:]}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def pairs(ours: Command, peer: Command, rounds: int) -> Pair:
    """Ours and the peer in turn, the order changing every round; one round warms up and does not count."""
    run(ours)
    run(peer)
    result = Pair(Side(), Side())
    for number in range(rounds):
        sides = [(ours, result.ours), (peer, result.peer)]
        for command, side in sides if number % 2 == 0 else reversed(sides):
            side.samples.append(run(command))
    return result
