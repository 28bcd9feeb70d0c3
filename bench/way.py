"""S12: from empty clusters to the first answered request, ours beside the documented steps. It starts labs of its own, outside of any other."""

import os

from measure import Command
from mesh import mesh_file
from scenario import Group, Scenario, shell
from world import OURS, ROOT, World, must

LAB = str(ROOT / "lab/lab")
BY_HAND = str(ROOT / "lab/examples/by-hand")
NAMES = ("game-agones", "game-gke", "game-3")
CALLERS = ("game-gke/app2", "game-3/app3")  # of all but the first
# By mode: what is called, and the documented steps that lead there.
WAYS = {"alias": ("http://app1.default.global:8000/", "certificates istio gateways sidecars alias_mode"),
        "discovery": ("http://app1.default.svc.cluster.local:8000/", "certificates istio gateways discovery sidecars")}
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: app1, namespace: default}, spec: {selector: {app: app1}, ports: [{name: http, port: 8000}]}}"


class OwnLab:
    """Clusters in which nothing has been done yet, time and again."""

    def __init__(self, world: World, count: int):
        self.contexts = NAMES[:count]
        apart = ("KUBECONFIG", "LAB_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(apart)}
        self.environment |= {"LAB_DIR": str(world.folder / "lab"), "XDG_DATA_HOME": str(world.folder / "data"), "XDG_STATE_HOME": str(world.folder / "state"),
                             "CLUSTERS": " ".join(self.contexts), "ONE_BY_ONE": "yes"}
        self.service = world.folder / "app1.yaml"
        self.service.write_text(SERVICE)

    def lab(self, *words) -> str:
        return must([LAB, *words], self.environment)

    def renew(self):
        """The name must resolve where it is asked for, with discovery: a Service app1 is everywhere, before the clock runs."""
        self.lab("down")
        self.lab("up", "--mesh", str(len(self.contexts)))
        for name in self.contexts[1:]:
            self.lab("exec", "--", "kubectl", "--context", name, "apply", "-f", str(self.service))

    def variable(self, name: str) -> str:
        return self.lab("exec", "--", "printenv", name).strip()

    def until_answered(self, url: str, *words) -> list:
        """The command where the clusters are, then calls until every other cluster gets an answer."""
        calls = [f"until {LAB} call {caller} {url}; do :; done > /dev/null 2>&1" for caller in CALLERS[:len(self.contexts) - 1]]
        return shell([f"{LAB} exec -- {' '.join(words)}", *calls])


def leave(world: World):
    OwnLab(world, 0).lab("down")


def ways(world: World, count: int) -> list:
    lab = OwnLab(world, count)
    lab.renew()
    charts, values = lab.variable("LAB_CHARTS"), lab.variable("LAB_ISTIO_VALUES")
    scenarios = []
    for mode, (url, steps) in WAYS.items():
        file = mesh_file(world, list(lab.contexts), charts, values, mode)
        scenarios.append(Scenario(f"S12 to the first answer, {mode}, {count} clusters",
                                  Command("up", lab.until_answered(url, OURS, "up", "-f", str(file), "--yes"), lab.environment, before=lab.renew),
                                  Command("the documented steps", lab.until_answered(url, BY_HAND, steps), lab.environment, before=lab.renew),
                                  wanted=2, rounds=3))
    return scenarios


GROUPS = {"S12": Group(lambda world: ways(world, 2), "", leave), "S12-3": Group(lambda world: ways(world, 3), "", leave)}
