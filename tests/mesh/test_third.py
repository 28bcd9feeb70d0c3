"""A third cluster joins a running mesh of two, and leaves again: who calls meanwhile loses nothing, and what need not change is not written."""

from conftest import ALIAS, PAIR, Caller, eventually

UP = ("3",)
THIRD = "game-3"
ALL = (*PAIR, THIRD)
KINDS = "deployments,services,configmaps,secrets,serviceaccounts,namespaces,mutatingwebhookconfigurations"
ISTIO = ",serviceentries.networking.istio.io,destinationrules.networking.istio.io,gateways.networking.istio.io"


def objects(world, cluster) -> dict:
    """What the mesh is made of in a cluster, and what was there before, by who has written it last."""
    return world.versions(cluster, KINDS + ISTIO, "-A")


def settled(world) -> dict:
    """Once nobody writes any more."""
    seen = {}

    def still():
        before, seen["now"] = seen.get("now"), {cluster: objects(world, cluster) for cluster in PAIR}
        return before == seen["now"]

    eventually(still, "the clusters come to rest", 120)
    return seen["now"]


def changed(world, before) -> set:
    now = settled(world)
    return {(cluster, name) for cluster in PAIR for name in before[cluster].keys() | now[cluster].keys() if before[cluster].get(name) != now[cluster].get(name)}


def test_a_mesh_of_two(world):
    world.before = world.snapshot(THIRD)
    world.file = world.write_mesh_file()
    world.document("up", "-f", world.file, "--yes")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")


def test_a_third_joins_and_no_call_is_lost(world):
    world.apply(THIRD, world.app("app2", THIRD))
    two, world.three = world.file, world.write_mesh_file(ALL, "three.yaml")
    before = settled(world)
    with Caller(world, ALIAS) as caller:
        result = world.document("up", "-f", world.three, "--yes")
    assert result["complete"]
    assert caller.failed == [] and len(caller.answers) > 100
    assert changed(world, before) == set()
    world.file = two


def test_the_third_is_in_the_mesh(world):
    answer = eventually(lambda: world.call(f"{THIRD}/app2", ALIAS), "app1 answers the third cluster")
    assert answer["cluster"] == "game-agones"
    assert world.failures(file=world.three) == set()
    assert world.writes("up", "-f", world.three, "--yes") == []


def test_it_leaves_and_the_others_stay_as_they_are(world):
    before = settled(world)
    with Caller(world, ALIAS) as caller:
        world.mesh("down", "-f", world.three, "--cluster", THIRD, "--yes")
    assert caller.failed == []
    assert changed(world, before) == set()
    assert world.failures() == set()
    assert world.writes("up", "-f", world.file, "--yes") == []


def test_it_is_as_it_was(world):
    for kind in ("deployment", "service", "serviceaccount"):
        world.kubectl(THIRD, "delete", kind, "app2")
    eventually(lambda: not world.get(THIRD, "namespace", "istio-system"), "the namespace is gone", 90)
    eventually(lambda: world.snapshot(THIRD) == world.before, "as before", 30)
