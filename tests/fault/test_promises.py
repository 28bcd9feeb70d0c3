"""Promises of the pages that need no cluster to be tested: docs/development/claims.md has them all."""

import re
from pathlib import Path

import faults
from world import finish, wait_until

NAMESPACE = "/api/v1/namespaces/kube-system"


def test_a_context_that_leads_to_another_cluster_is_refused(world):
    """docs/mesh-file.md, `clusters[].uid`: "a context that leads to another cluster later is refused"."""
    uids = {name: cluster.kube.get("", "namespaces", "kube-system")["metadata"]["uid"] for name, cluster in world.clusters.items()}
    rows = "".join(f"- {{context: {name}, uid: {uids['a']}}}\n" for name in ("a", "b"))
    (world.folder / "mesh.yaml").write_text(f"apiVersion: kubectl-mesh.dev/v1\nkind: Mesh\nclusters:\n{rows}")
    result = world.run("certs", "install", "-f", "mesh.yaml", "--yes")
    assert result.code == 4 and uids["a"] in result.err and uids["b"] in result.err, result.said
    assert world.writes() == [] and not world.root_file.exists()


def test_a_run_leaves_no_core_dump(lone):
    """SECURITY.md, "What we protect, and how": credentials never reach "a core dump"."""
    lone["a"].script("GET", NAMESPACE, faults.hold())
    process = lone.start("certs", "install", "--context", "a", "--yes")
    wait_until(lambda: lone["a"].server.requests)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    process.kill()
    finish(process)
    assert re.search(r"Max core file size +0 +0 ", limits), limits
