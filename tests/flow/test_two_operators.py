"""Two operators at the same real clusters."""

import subprocess

from conftest import BINARY, BOTH, Mesh


def test_two_installs_at_once_end_with_one_root(clusters, tmp_path):
    """SECURITY, "Two runs at once": each has a home of his own, and would make a root of his own."""
    operators = [Mesh(tmp_path / name) for name in ("alice", "bob")]
    runs = [
        subprocess.Popen([BINARY, "certs", "install", "--contexts", BOTH, "--yes"], env=operator.environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for operator in operators
    ]
    ends = [(*run.communicate(timeout=120), run.returncode) for run in runs]
    refused = [errors for _, errors, code in ends if code == 4]
    assert sorted(code for *_, code in ends) == [0, 4], ends
    # The second one met the first one, or what it had left.
    assert "has been changing this mesh since" in refused[0] or "root" in refused[0]
    (root,) = {cluster.cacerts()["root-cert.pem"] for cluster in clusters}
    winner = operators[[code for *_, code in ends].index(0)]
    assert root.strip() in winner.root_files[0].read_text()
    for cluster in clusters:
        assert not cluster.get("lease", "kubectl-mesh", "-n", "default")


def test_a_lease_of_another_machine_is_kept_until_it_runs_out(clusters, mesh):
    """The API server's own clock and its own idea of a Lease."""
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "kubectl-mesh", "namespace": "default"},
             "spec": {"holderIdentity": "carol@desk", "leaseDurationSeconds": 1, "renewTime": "2100-01-01T00:00:00.000000Z"}}
    clusters[1].create(lease)
    refused = mesh("certs", "install", "--contexts", BOTH, "--yes", expect=4)
    assert "game-gke: carol@desk" in refused.stderr
    assert not any(cluster.get("namespace", "istio-system") for cluster in clusters)
    clusters[1].kubectl("patch", "lease", "kubectl-mesh", "-n", "default", "--type=merge", "-p", '{"spec": {"renewTime": "2026-01-01T00:00:00.000000Z"}}')
    mesh("certs", "install", "--contexts", BOTH, "--yes")
    assert not any(cluster.get("lease", "kubectl-mesh", "-n", "default") for cluster in clusters)
