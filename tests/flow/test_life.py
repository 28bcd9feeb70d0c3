"""What comes after install: verify, show, rotate, remove, undo, other strategies."""

import base64
import json
import shutil

from conftest import BOTH, BUILD, both_ways, openssl, verify_with_openssl


def fingerprint(pem: str) -> str:
    return openssl("x509", "-noout", "-fingerprint", "-sha256", stdin=pem)


@both_ways
def test_verify_passes_and_names_its_rows(mesh, installed):
    document = mesh.document("certs", "verify", "--contexts", BOTH)
    rows = {item["id"]: item["severity"] for item in document["items"]}
    assert {"certs/complete", "certs/chain-verifies", "certs/same-root", "certs/dates"} <= set(rows)
    assert "failure" not in rows.values()


def test_verify_names_what_is_broken_and_only_that(mesh, installed):
    other = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    patch = {"data": {"ca-key.pem": base64.b64encode(other.encode()).decode()}}
    installed[1].kubectl("patch", "secret", "cacerts", "-n", "istio-system", "-p", json.dumps(patch))
    document = mesh.document("certs", "verify", "--contexts", BOTH, expect=1)
    failed = [(item["cluster"], item["id"]) for item in document["items"] if item["severity"] == "failure"]
    assert failed == [("game-gke", "certs/key-matches")]
    assert next(item["fix"] for item in document["items"] if item["severity"] == "failure")


def test_fail_within_turns_an_end_that_is_near_into_a_failure(mesh, clusters):
    mesh("certs", "install", "--contexts", BOTH, "--validity", "20d", "--yes")
    assert "warning" in [item["severity"] for item in mesh.document("certs", "verify", "--contexts", BOTH)["items"]]
    document = mesh.document("certs", "verify", "--contexts", BOTH, "--fail-within", "25d", expect=1)
    assert {item["id"] for item in document["items"] if item["severity"] == "failure"} == {"certs/dates"}


def test_show_says_who_signs_whom(mesh, installed):
    items = mesh.document("certs", "show", "--contexts", BOTH)["items"]
    for cluster in installed:
        signing = next(item for item in items if item["cluster"] == cluster.context and item["role"] == "signing")
        assert signing["sha256"].lower() == fingerprint(cluster.cacerts()["ca-cert.pem"]).split("=")[1].strip().replace(":", "").lower()
        assert signing["daysLeft"] in (364, 365)
    assert "PRIVATE" not in mesh("certs", "show", "--contexts", BOTH, "-o", "wide").stdout


@both_ways
def test_rotate_gives_new_intermediates_under_the_same_root(mesh, installed, tmp_path):
    before = [cluster.cacerts() for cluster in installed]
    mesh("certs", "rotate", "--intermediate", "--contexts", BOTH, "--yes")
    for number, (cluster, old) in enumerate(zip(installed, before)):
        new = cluster.cacerts()
        assert new["ca-key.pem"] != old["ca-key.pem"] and new["root-cert.pem"] == old["root-cert.pem"]
        verify_with_openssl(new, tmp_path / str(number))


def roots_of(cluster) -> int:
    """How many different roots a cluster trusts."""
    return len(set(cluster.cacerts()["root-cert.pem"].split("-----BEGIN CERTIFICATE-----")[1:]))


def test_the_root_is_replaced_in_three_steps(mesh, installed, tmp_path):
    old = installed[0].cacerts()
    step = ("certs", "rotate", "--root", "--contexts", BOTH, "--yes")
    mesh(*step)
    assert [roots_of(cluster) for cluster in installed] == [2, 2]
    assert installed[0].cacerts()["ca-cert.pem"] == old["ca-cert.pem"]
    mesh(*step)
    assert [roots_of(cluster) for cluster in installed] == [2, 2]
    assert installed[0].cacerts()["ca-cert.pem"] != old["ca-cert.pem"]
    mesh(*step)
    for number, cluster in enumerate(installed):
        files = cluster.cacerts()
        assert roots_of(cluster) == 1 and files["root-cert.pem"] != old["root-cert.pem"]
        verify_with_openssl(files, tmp_path / str(number))
    mesh("certs", "verify", "--contexts", BOTH)
    after = [cluster.cacerts() for cluster in installed]
    again = mesh("certs", "install", "--contexts", BOTH, "-v", "6")
    assert [line for line in again.stderr.splitlines() if "https://" in line and not line.startswith("GET ")] == []
    assert [cluster.cacerts() for cluster in installed] == after


@both_ways
def test_remove_takes_ours_away_and_leaves_a_strangers(mesh, installed):
    mesh("certs", "remove", "--contexts", BOTH, "--yes")
    assert [cluster.cacerts() for cluster in installed] == [{}, {}]
    assert mesh.root_files, "the root stays with the operator"
    assert all(cluster.get("namespace", "istio-system") for cluster in installed), "it is shared: `down` takes it"
    mesh("certs", "remove", "--contexts", BOTH)  # nothing left to do, so that nobody is asked
    installed[0].put_cacerts({"ca-cert.pem": "x"})
    refused = mesh("certs", "remove", "--contexts", BOTH, "--yes", expect=4)
    assert "was not made by kubectl mesh" in refused.stderr and installed[0].cacerts()


def test_undo_takes_an_install_back(mesh, installed):
    mesh("undo", "--yes")
    for cluster in installed:
        cluster.kubectl("wait", "--for=delete", "namespace/istio-system", "--timeout=60s", check=False)
        assert not cluster.get("namespace", "istio-system")
    runs = mesh.document("undo", "--list")["items"]
    assert "undone" in [run["state"] for run in runs]
    nothing_left = mesh("undo", "--yes", expect=2)
    assert "there is no run to undo" in nothing_left.stderr
    assert not any(cluster.get("namespace", "istio-system") for cluster in installed)


def test_undo_refuses_where_somebody_else_changed_the_object(mesh, installed):
    # A label next to ours is nobody's business; a value of ours is.
    installed[0].kubectl("label", "secret", "cacerts", "-n", "istio-system", "owner=somebody")
    installed[1].kubectl("patch", "secret", "cacerts", "-n", "istio-system", "--type=merge", "-p", '{"data": {"ca-cert.pem": "bWluZQ=="}}')
    refused = mesh("undo", "--yes", expect=4)
    assert ".data.ca-cert.pem" in refused.stderr and '"kubectl-patch"' in refused.stderr and "bWluZQ" not in refused.stderr
    assert all(cluster.cacerts() for cluster in installed)


def root_files(folder):
    folder.mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj", "/O=Corp/CN=Corp Root",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", folder / "root.key", "-out", folder / "root.pem")
    return [f"root-cert={folder}/root.pem", f"root-key={folder}/root.key"]


def swap_in(mesh, clusters, strategy, settings, tmp_path):
    words = [word for setting in settings for word in ("--set", setting)]
    mesh("certs", "install", "--contexts", BOTH, "--strategy", strategy, *words, "--yes")
    for number, cluster in enumerate(clusters):
        verify_with_openssl(cluster.cacerts(), tmp_path / str(number))
        assert "Corp Root" in openssl("x509", "-noout", "-issuer", stdin=cluster.cacerts()["ca-cert.pem"])
    mesh("certs", "verify", "--contexts", BOTH)


def test_the_strategy_pem_signs_with_a_root_that_is_brought(mesh, clusters, tmp_path):
    swap_in(mesh, clusters, "pem", root_files(tmp_path / "corp"), tmp_path)


def test_a_strangers_authority_signs_from_its_helper_process(mesh, clusters, tmp_path):
    """corp-ca is a library of somebody else: two files in the user's plugin folder, and its name."""
    plugins = mesh.home / ".local/share/kubectl-mesh/plugins"
    plugins.mkdir(parents=True, mode=0o700)
    for file in ("corp-ca.so", "corp-ca.json"):
        shutil.copy(BUILD / "examples" / file, plugins / file)
        (plugins / file).chmod(0o644)
    given = root_files(tmp_path / "corp")
    settings = [word for setting in given for word in ("--set", setting)]
    untrusted = mesh("certs", "install", "--contexts", BOTH, "--strategy", "corp-ca", *settings, "--yes", expect=4)
    assert "kubectl mesh plugin trust corp-ca" in untrusted.stderr
    mesh("plugin", "trust", "corp-ca", "--yes")
    swap_in(mesh, clusters, "corp-ca", given, tmp_path)
    assert mesh.document("plugin", "info", "corp-ca")["items"][0]["runs"] == "in a helper process"


def test_mesh_yaml_names_clusters_and_strategy(mesh, clusters, tmp_path):
    settings = dict(setting.split("=", 1) for setting in root_files(tmp_path / "corp"))
    (tmp_path / "mesh.yaml").write_text("clusters:\n- context: game-agones\n- context: game-gke\ncerts:\n  strategy: pem\n" +
                                        "".join(f"  {name}: {value}\n" for name, value in settings.items()))
    mesh("certs", "install", "-f", str(tmp_path / "mesh.yaml"), "--yes")
    assert "Corp Root" in openssl("x509", "-noout", "-issuer", stdin=clusters[1].cacerts()["ca-cert.pem"])
