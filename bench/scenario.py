"""What a benchmark is: ours, the way that people go without it, and what we promise of the two."""

from dataclasses import dataclass

from measure import Command

KUBECTL = "kubectl"


@dataclass
class Scenario:
    name: str
    ours: Command
    peer: Command
    rounds: int
    wanted: float = 0  # peer's wall time over ours, at least; 0: nothing is promised of it
    cpu_too: bool = False  # the ratio holds for CPU seconds as well
    rss_limit: int = 0  # bytes; 0: none
    wall_limit: float = 0  # seconds for ours; 0: none
    more_limit: float = 0  # seconds that ours may take more than the peer; 0: not asked
    writes: int = -1  # requests of ours that change something, exactly; -1: not asked


@dataclass
class Group:
    """Scenarios that are chosen by one name, and the lab that they need: "bare", "mesh" or "" (none, or one of their own)."""

    scenarios: callable
    lab: str
    leave: callable = lambda world: None  # takes away what another group could stumble over


def shell(lines: list) -> list:
    return ["sh", "-ec", "\n".join(lines)]


def at_once(parts: list) -> list:
    """Lines that run each part, itself lines, beside the others, and fail if one fails."""
    lines = []
    for part in parts:
        lines += ["(", *part, ") & all=\"$all $!\""]
    return ["all=", *lines, "for one in $all; do wait $one; done"]
