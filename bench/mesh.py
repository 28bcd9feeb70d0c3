"""S5, S6, S10: a whole mesh that is looked at, and helm under our hands and without them."""

import json
import os
import shlex
from pathlib import Path

from measure import Command
from scenario import KUBECTL, Group, Scenario, at_once, shell
from world import OURS, World, must


def mesh_file(world: World, contexts: list, charts: str, values: str, mode: str = "alias") -> Path:
    """Istio by the lab's charts, sidecars in `default`, and app1 of the first cluster for the others."""
    return world.mesh_file(f"{mode}.yaml", contexts, mode, helm={"charts": charts, "valueFiles": {"istiod": [values]}},
                           serviceentry={"exports": [{"cluster": contexts[0], "service": "default/app1"}]}, inject={"namespaces": ["default"]})


def own_file(world: World, contexts: list) -> str:
    return str(mesh_file(world, contexts, os.environ["LAB_CHARTS"], os.environ["LAB_ISTIO_VALUES"]))


def made(world: World) -> tuple:
    """The mesh over all clusters of the lab: contexts, file, environment. A second time nothing is written."""
    contexts = list(world.apis)
    environment = world.environment(XDG_DATA_HOME=str(world.beside_lab / "data"), XDG_STATE_HOME=str(world.beside_lab / "state"))
    file = own_file(world, contexts)
    must([OURS, "up", "-f", file, "--yes"], environment)
    return contexts, file, environment


def looking(world: World) -> list:
    contexts, file, environment = made(world)
    words = [OURS, "verify", "-f", file]
    reads = [f"{KUBECTL} --context {name} get --raw '{target}' > /dev/null || true" for name, target in world.targets_read(words, environment)]
    analyze = [f"istioctl analyze --context {name} -A > /dev/null || true" for name in contexts]
    ours = Command("verify", words, environment)
    name = f"S5 verify, all checks, {len(contexts)} clusters"
    return [Scenario(name, ours, Command(f"kubectl get, {len(reads)} in all", shell(reads), environment), wanted=20, rounds=5),
            Scenario(name, ours, Command("istioctl analyze", shell(analyze), environment), rounds=5)]


DNS_OBJECTS = ("configmap coredns", "deployment coredns", "service kube-dns")
DNS_WAYS = (("asking every pod", [], 1), ("objects only", ["--objects-only"], 25))


def names(world: World) -> list:
    contexts, file, environment = made(world)
    reads = [f"{KUBECTL} --context {name} -n kube-system get {thing} -o json > /dev/null" for name in contexts for thing in DNS_OBJECTS]
    peer = Command(f"kubectl get, {len(DNS_OBJECTS)} objects each", shell(reads), environment)
    return [Scenario(f"S6 dns verify, {how}, {len(contexts)} clusters", Command("dns verify", [OURS, "dns", "verify", "-f", file, *flags], environment), peer,
                     wanted=wanted, rounds=9) for how, flags, wanted in DNS_WAYS]


# ---- S10 -----------------------------------------------------------------------------------------

def jsonpath(pointer: str) -> str:
    return "{" + "".join(f"[{word}]" if word.isdigit() else f".{word}" for word in pointer.split("/")[1:]) + "}"


# By what a plan waits for: the words of kubectl that wait for the same.
WAITS = {"rollout": lambda action: "rollout status", "condition": lambda action: f"wait --for=condition={action['value']}",
         "present": lambda action: f"wait --for=jsonpath='{jsonpath(action['pointer'])}'"}


def steps(plan: dict, context: str, folder: Path) -> list:
    """What our side would do in a cluster by helm and by waiting, as lines of a shell."""
    lines = []
    for number, action in enumerate(action for action in plan["actions"] if action["cluster"] == context):
        if action["type"] == "run":
            values = folder / f"values-{context}-{number}"
            values.write_text(action["input"])
            lines.append(shlex.join([action["program"], "--kube-context", context, *action["arguments"]]) + f" < {values}")
        elif action["type"] == "wait":
            target = action["target"]
            place = f"-n {target['namespace']} " if "namespace" in target else ""
            lines.append(f"{KUBECTL} --context {context} {place}{WAITS[action['until']](action)} {target['kind']}/{target['name']}")
    return lines


def releases(world: World) -> list:
    contexts, file, environment = made(world)
    remove = shell(at_once([[f"for one in $(helm --kube-context {name} -n istio-system list -q); do helm --kube-context {name} -n istio-system uninstall $one --wait; done"]
                            for name in contexts]))
    clean = lambda: must(remove, environment)
    clean()
    plan = json.loads(must([OURS, "helm", "install", "-f", file, "--dry-run=client", "-o", "json"], environment))
    parts = [steps(plan, name, world.folder) for name in contexts]
    ours = Command("helm install", [OURS, "helm", "install", "-f", file, "--yes"], environment, before=clean)
    together = Command("the same helm, clusters at once", shell(at_once(parts)), environment, before=clean)
    one_by_one = Command("the same helm, one after the other", shell(sum(parts, [])), environment, before=clean)
    name = f"S10 helm install, {len(contexts)} clusters"
    return [Scenario(name, ours, together, wanted=0.97, rounds=3), Scenario(name, ours, one_by_one, rounds=3)]


GROUPS = {"S5-mesh": Group(looking, "mesh"), "S6": Group(names, "mesh"), "S10": Group(releases, "mesh")}
