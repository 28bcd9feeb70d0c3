"""Requests of both sides, as the API servers have counted them: the lab's audit logs (lab/lab up --audit)."""

import json
from dataclasses import dataclass
from pathlib import Path

# Who is measured; the lab's own components and our putting back are nobody's cost.
PROGRAMS = ("kubectl", "helm", "istioctl")
READS = ("get", "list", "watch")
QUESTIONS = ("selfsubjectaccessreviews", "selfsubjectreviews")  # are created, and change nothing


@dataclass
class Requests:
    reads: int = 0
    writes: int = 0

    def __str__(self):
        return f"{self.reads}+{self.writes}"


class Audit:
    """What stands in the logs of all clusters."""

    def __init__(self, folder: Path, clusters: list):
        self.logs = [folder / name / "audit.log" for name in clusters]
        self.seen = {}

    def since_last(self):
        """Of those that have come since it was asked before; None without audit logs."""
        if not self.logs or not all(log.exists() for log in self.logs):
            return None
        counted = Requests()
        for log in self.logs:
            with open(log, "rb") as file:
                file.seek(self.seen.get(log, 0))
                for line in file:
                    self._count(json.loads(line), counted)
                self.seen[log] = file.tell()
        return counted

    @staticmethod
    def _count(event: dict, counted: Requests):
        if not event.get("userAgent", "").lower().startswith(PROGRAMS):
            return
        asked = event["verb"] in READS or event.get("objectRef", {}).get("resource") in QUESTIONS
        if asked:
            counted.reads += 1
        else:
            counted.writes += 1
