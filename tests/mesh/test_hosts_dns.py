"""A stranger's DNS strategy, examples/hosts-dns: a CoreDNS of the company's own serves the mesh's names out of a hosts file;
and a strategy that an author has just begun, on the clusters' own CoreDNS.

Skipped where Go is missing, and counted so."""

import json
import re
import shutil
import subprocess

import pytest

from conftest import ALIAS, BINARY, PAIR, ROOT, eventually

pytestmark = pytest.mark.skipif(not shutil.which("go"), reason="Go is missing: no example is built")
EXAMPLE = ROOT / "examples/hosts-dns"
LOOK_UP = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))"
STUB = "\nglobal:53 {{\n    errors\n    forward . {address}\n}}\n"


def data(world, cluster, name, namespace) -> dict:
    return world.get(cluster, "configmap", name, "-n", namespace)["data"]


def hosts(world, cluster) -> str:
    return data(world, cluster, "hosts", "hosts-dns")["hosts"]


def corefile(world, cluster) -> str:
    return data(world, cluster, "coredns", "kube-system")["Corefile"]


def replace(world, cluster, config):
    world.given(json.dumps(config), "kubectl", "--context", cluster, "replace", "-f", "-")


def looked_up(world, name) -> str:
    return world.kubectl("game-gke", "exec", "deployment/app2", "--", "/usr/bin/python3", "-c", LOOK_UP, name, expect=None).strip()


def install_plugin(world):
    made = subprocess.run(["make", "-C", EXAMPLE], capture_output=True, text=True, timeout=600)
    assert made.returncode == 0, made.stdout + made.stderr
    world.mesh("plugin", "install", EXAMPLE / "build/hosts-dns.so", "--trust", "--yes")


def test_its_own_tests_pass():
    tested = subprocess.run(["go", "test", "./..."], cwd=EXAMPLE, capture_output=True, text=True, timeout=600)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_it_keeps_the_contract():
    subprocess.run(["make", "-C", EXAMPLE], check=True, capture_output=True, timeout=600)
    result = subprocess.run([BINARY, "plugin", "check", EXAMPLE / "build/hosts-dns.so", "--set", "config-map=hosts-dns/hosts", "--objects",
                             EXAMPLE / "coredns.yaml", "-o", "json"], capture_output=True, text=True, timeout=300)
    items = json.loads(result.stdout)["items"]
    verdicts = {item["id"]: item["severity"] for item in items}
    assert result.returncode == 0, [item for item in items if item["severity"] == "failure"]
    assert {item["id"] for item in items if "exception" in item} == {"surroundings/signals"}, "Go's run time has handlers of its own, and that is all"
    assert {severity for rule, severity in verdicts.items() if rule.startswith("dns/")} == {"pass"}


def test_the_company_has_a_name_server_of_its_own(world):
    install_plugin(world)
    for cluster in PAIR:
        world.apply(cluster, (EXAMPLE / "coredns.yaml").read_text())
        address = world.get(cluster, "service", "hosts-dns", "-n", "hosts-dns")["spec"]["clusterIP"]
        config = world.get(cluster, "configmap", "coredns", "-n", "kube-system")
        config["data"]["Corefile"] += STUB.format(address=address)
        replace(world, cluster, config)
    eventually(lambda: looked_up(world, "printer.global") == "192.0.2.9", "the company's names answer")
    world.before = {cluster: (hosts(world, cluster), corefile(world, cluster)) for cluster in PAIR}


def test_the_mesh_is_named_in_its_hosts_file(world):
    world.file = world.write_mesh_file()
    world.file = world.edit("hosts.yaml", ("strategy: coredns", "strategy: hosts-dns\n  config-map: hosts-dns/hosts"))
    world.document("up", "-f", world.file, "--yes")
    for cluster in PAIR:
        lines = hosts(world, cluster).removeprefix(world.before[cluster][0] + "\n# BEGIN kubectl-mesh global\n").removesuffix("# END kubectl-mesh global\n")
        # Only who calls needs the name: app1 is in game-agones itself.
        assert re.fullmatch(r"240\.[0-9.]+ app1\.default\.global\n" if cluster == "game-gke" else "", lines), lines
        assert corefile(world, cluster) == world.before[cluster][1]
        assert not world.get(cluster, "deployment", "kubectl-mesh-dns", "-n", "istio-system")


def test_a_call_crosses_by_such_a_name(world):
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    assert looked_up(world, "app1.default.global").startswith("240.")
    assert looked_up(world, "printer.global") == "192.0.2.9"
    assert world.failures() == set()
    assert world.writes("up", "-f", world.file, "--yes") == []


def test_a_file_whose_marks_were_torn_is_refused(world):
    whole = hosts(world, "game-gke")
    world.kubectl("game-gke", "-n", "hosts-dns", "patch", "configmap", "hosts", "--type=merge", "-p",
                  '{"data": {"hosts": "# END kubectl-mesh global\\n"}}')
    result = world.mesh("dns", "install", "-f", world.file, "--yes", expect=4)
    assert "the marks of kubectl-mesh" in result.stderr
    config = world.get("game-gke", "configmap", "hosts", "-n", "hosts-dns")
    config["data"]["hosts"] = whole
    replace(world, "game-gke", config)


def test_down_gives_every_byte_back(world):
    world.mesh("down", "-f", world.file, "--yes")
    for cluster in PAIR:
        assert (hosts(world, cluster), corefile(world, cluster)) == world.before[cluster]
    eventually(lambda: looked_up(world, "printer.global") == "192.0.2.9", "the company's names still answer")


def test_a_strategy_fresh_from_plugin_new_works_on_the_clusters_own_coredns(world):
    for cluster in PAIR:
        config = world.get(cluster, "configmap", "coredns", "-n", "kube-system")
        config["data"]["Corefile"], _, _ = config["data"]["Corefile"].partition(STUB[:12])
        replace(world, cluster, config)
    before = {cluster: corefile(world, cluster) for cluster in PAIR}
    project = world.folder / "my-dns"
    world.mesh("plugin", "new", "my-dns", "--point", "dns/1", "--lang", "c", "--output-dir", project)
    subprocess.run(["make", "-C", project], check=True, capture_output=True, timeout=120)
    world.mesh("plugin", "install", project / "build/my-dns.so", "--trust", "--yes")
    world.file = world.edit("my-dns.yaml", ("strategy: hosts-dns\n  config-map: hosts-dns/hosts", "strategy: my-dns"))
    world.document("up", "-f", world.file, "--yes")
    for cluster in PAIR:
        block = corefile(world, cluster).removeprefix(before[cluster])
        assert re.fullmatch(r"# BEGIN my-dns\nglobal:53 {\n    forward \. [0-9.]+\n}\n# END my-dns\n", block), block
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    assert world.failures() == set()
    assert world.writes("up", "-f", world.file, "--yes") == []
    world.mesh("down", "-f", world.file, "--yes")
    assert {cluster: corefile(world, cluster) for cluster in PAIR} == before
