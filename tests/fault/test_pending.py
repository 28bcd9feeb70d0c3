"""docs/plugins/own-ca.md, "Approvals": an authority that signs later, and one that does not sign for every cluster.

The authority is the plugin by which the conformance tests are tested (tests/conformance/mutant_ca.cpp), told to take its time."""

import json
import stat

import pytest
from test_issuance import authority, library  # noqa: F401 - a fixture

TOKEN = "ticket-4711-canary"


def waiting_file(world):
    return world.home / ".local/share/kubectl-mesh/store/certs/waiting-mutant.json"


def install(world, *words):
    return world.install("--strategy", "mutant", *words)


def sets(world):
    return [name for name, cluster in world.clusters.items() if cluster.kube.get("istio-system", "secrets", "cacerts")]


def test_a_pending_answer_ends_the_run_with_status_3_and_keeps_what_it_takes_to_go_on(world, library):
    authority(world, library, "pending/first")
    first = install(world)
    assert first.code == 3, first.said
    assert "mutant has not signed yet: ticket 4711 waits for the PKI team" in first.said and "run the same command again" in first.said
    assert not world.writes()
    kept = waiting_file(world)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and json.loads(kept.read_text())["token"] == TOKEN
    keys = {one["cluster"]: one["key"] for one in json.loads(kept.read_text())["requests"]}
    assert keys.keys() == {"a", "b"}

    second = install(world)
    assert second.code == 0, second.said
    assert {name: cluster.kube.secret("ca-key.pem") for name, cluster in world.clusters.items()} == keys
    assert json.loads(kept.read_text()) == {}


def test_the_token_and_the_keys_are_shown_nowhere(world, library):
    authority(world, library, "pending/first")
    record = world.folder / "run.jsonl"
    world.extra_env = {"KUBECTL_MESH_RECORD": str(record)}
    said = install(world, "-v", "8").said + install(world, "-o", "json").said + record.read_text()
    said += "".join(path.read_text() for path in world.journals)
    assert TOKEN not in said and "PRIVATE KEY" not in said


def test_while_it_waits_each_run_says_so(world, library):
    authority(world, library, "pending/always")
    for words in ((), ("-o", "json"), ("--dry-run=client",), ("--diff",)):
        result = install(world, *words)
        assert result.code == 3 and "has not signed yet" in result.said, result.said
    assert not world.writes()


def test_up_ends_where_the_authority_waits(world, library):
    authority(world, library, "pending/always")
    (world.folder / "mesh.yaml").write_text("clusters: [{context: a}, {context: b}]\ncerts: {strategy: mutant}\nskip: [helm, serviceentry, dns, inject]\n")
    result = world.run("up", "-f", "mesh.yaml", "--yes")
    assert result.code == 3 and "has not signed yet" in result.said, result.said
    assert not world.writes()


def test_one_cluster_is_refused_while_the_other_gets_its_certificate(world, library):
    authority(world, library, "refused/b")
    result = install(world)
    assert result.code == 3 and "b: mutant does not sign: b is not ours" in result.said, result.said
    assert sets(world) == ["a"]
    assert not waiting_file(world).exists()


@pytest.mark.parametrize("words", [("--intermediate",), ("--root",)])
def test_a_rotation_does_not_wait(world, library, words):
    authority(world, library, "")
    assert install(world).code == 0
    authority(world, library, "pending/always")
    world.forget()
    result = world.run("certs", "rotate", *words, "--contexts", world.contexts, "--strategy", "mutant", "--yes")
    assert result.code in (2, 4) and not world.writes(), result.said
