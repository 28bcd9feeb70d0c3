"""A mesh lab: real Istio, installed by other programs' hands, on the lab's pods. Skipped where user namespaces are forbidden."""

import base64
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path

import pytest

from conftest import LAB, Lab, runs

BY_HAND = LAB.parent / "examples" / "by-hand"
ALLOWED = subprocess.run(["unshare", "-Urnmp", "--fork", "--kill-child", "--mount-proc", "true"], capture_output=True).returncode == 0
needs_namespaces = pytest.mark.skipif(not ALLOWED, reason="user namespaces are forbidden on this machine")
DISCOVERY, ALIAS = "http://app1.default.svc.cluster.local:8000/", "http://app1.default.global:8000/"


def eventually(check, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.3)
    return found


@pytest.fixture(scope="module")
def mesh(tmp_path_factory):
    """Two empty clusters that the tests of this module fill, in the order they stand there."""
    made = Lab(tmp_path_factory.mktemp("mesh") / "state")
    try:
        made("up", "--mesh")
        yield made
    finally:
        made("down")


def get(lab, cluster, *words):
    return json.loads(lab.kubectl(cluster, "get", *words, "-o", "json"))


def answer(lab, url, caller="game-gke/app2"):
    """What an application answered, or None."""
    status, _, body = lab("call", caller, url, ok=False).stdout.partition(" ")
    return json.loads(body) if status == "200" else None


@needs_namespaces
def test_an_operator_finds_clusters_without_a_mesh(mesh):
    assert mesh.status()["ready"]
    for cluster, app, dns in (("game-agones", "app1", "10.96.0.10"), ("game-gke", "app2", "10.97.0.10")):
        assert get(mesh, cluster, "service", "-n", "kube-system", "kube-dns")["spec"]["clusterIP"] == dns
        assert "reload" in get(mesh, cluster, "configmap", "-n", "kube-system", "coredns")["data"]["Corefile"]
        assert get(mesh, cluster, "service", app)["spec"]["ports"][0]["name"] == "http"
        assert get(mesh, cluster, "deployment", app)["status"]["availableReplicas"] == 1
        assert "istio-system" not in mesh.kubectl(cluster, "get", "namespaces", "-o", "name")
        assert not get(mesh, cluster, "mutatingwebhookconfigurations")["items"]


@needs_namespaces
def test_an_up_that_was_interrupted_goes_on(mesh):
    """As if the launcher had been killed after it created what is in the clusters, and before it could note that."""
    description = json.loads((mesh.directory / "lab.json").read_text())
    for cluster in description["clusters"]:
        cluster["ready"] = False
        (mesh.directory / cluster["name"] / "furnished").unlink()
    (mesh.directory / "lab.json").write_text(json.dumps(description))
    assert "2 clusters ready" in mesh("up", "--mesh").stderr
    assert answer(mesh, "http://app2:8000/")


@needs_namespaces
def test_pods_reach_services_and_not_the_pods_of_others(mesh):
    assert answer(mesh, "http://app1:8000/", "game-agones/app1")["app"] == "app1"
    address = get(mesh, "game-agones", "pods", "-l", "app=app1")["items"][0]["status"]["podIP"]
    assert answer(mesh, f"http://{address}:8000/", "game-agones/app1")
    direct = mesh("call", "game-gke/app2", f"http://{address}:8000/", "--timeout", "2", ok=False)
    assert direct.returncode == 1 and direct.stdout.startswith("0 ")


@needs_namespaces
def test_a_pod_is_entered_followed_and_replaced_as_on_any_cluster(mesh):
    assert "echo.py" in mesh.kubectl("game-gke", "exec", "deploy/app2", "--", "ls", "/")
    failed = mesh("exec", "--", "kubectl", "--context", "game-gke", "exec", "deploy/app2", "--", "sh", "-c", "exit 7", ok=False)
    assert failed.returncode == 7
    assert "CoreDNS" in mesh.kubectl("game-gke", "logs", "-n", "kube-system", "deploy/coredns")
    before = get(mesh, "game-gke", "pods", "-l", "app=app2")["items"][0]["metadata"]["name"]
    mesh.kubectl("game-gke", "rollout", "restart", "deployment/app2")
    mesh.kubectl("game-gke", "rollout", "status", "deployment/app2", "--timeout=30s")
    eventually(lambda: before not in mesh.kubectl("game-gke", "get", "pods", "-o", "name"), "the old pod goes")
    assert answer(mesh, "http://app2:8000/")["pod"] != before


@needs_namespaces
def test_a_changed_corefile_is_served_within_seconds(mesh):
    resolve = ["exec", "--", "kubectl", "--context", "game-gke", "exec", "deploy/app2", "--", "getent", "hosts", "here.example"]
    assert mesh(*resolve, ok=False).returncode == 2
    corefile = get(mesh, "game-gke", "configmap", "-n", "kube-system", "coredns")["data"]["Corefile"]
    change = {"data": {"Corefile": corefile + "here.example:53 {\n    hosts {\n        192.0.2.1 here.example\n    }\n}\n"}}
    mesh.kubectl("game-gke", "patch", "configmap", "-n", "kube-system", "coredns", "--type=merge", "-p", json.dumps(change))
    eventually(lambda: mesh(*resolve, ok=False).stdout.startswith("192.0.2.1"), "the new name", 15)
    mesh.kubectl("game-gke", "patch", "configmap", "-n", "kube-system", "coredns", "--type=merge",
                 "-p", json.dumps({"data": {"Corefile": corefile}}))


def dns_query(name):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    query = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">HH", 1, 1)
    return struct.pack(">H", len(query)) + query


def outside(lab):
    """The environment that `env` gives to a shell outside."""
    lines = [line.removeprefix("export ").replace("'", "") for line in lab("env").stdout.splitlines()]
    return {**os.environ, **dict(line.split("=", 1) for line in lines if not line.startswith("PATH"))}


@needs_namespaces
def test_dns_pods_are_asked_by_port_forward_from_the_users_own_shell(mesh):
    """By kubectl, over the API server's loopback port outside: DNS over TCP."""
    kubectl = [f"{mesh.directory}/bin/kubectl", "--context", "game-gke", "-n", "kube-system", "port-forward", "deploy/coredns", ":53"]
    forward = subprocess.Popen(kubectl, env=outside(mesh), stdout=subprocess.PIPE, text=True)
    try:
        port = int(forward.stdout.readline().split(":")[1].split()[0])
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(dns_query("app2.default.svc.cluster.local"))
            reply = connection.recv(4096)
        assert reply.endswith(socket.inet_aton(get(mesh, "game-gke", "service", "app2")["spec"]["clusterIP"]))
    finally:
        forward.terminate()
        forward.wait()


@needs_namespaces
def test_dns_pods_are_asked_over_a_plain_websocket(mesh):
    """As a program without SPDY does it: v4.channel.k8s.io, a byte that names the channel before what is said."""
    pod = get(mesh, "game-gke", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns")["items"][0]["metadata"]["name"]
    pki = mesh.directory / "game-gke" / "pki"
    context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    server = next(c["server"] for c in mesh.status()["clusters"] if c["name"] == "game-gke")
    with context.wrap_socket(socket.create_connection(("127.0.0.1", int(server.rpartition(":")[2])), 5), server_hostname="localhost") as peer:
        peer.sendall(f"GET /api/v1/namespaces/kube-system/pods/{pod}/portforward?ports=53 HTTP/1.1\r\nHost: localhost\r\n"
                     "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                     "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n".encode())
        said = peer.makefile("rb")
        assert said.readline().startswith(b"HTTP/1.1 101")
        while said.readline().strip():
            pass
        payload = b"\0" + dns_query("app2.default.svc.cluster.local")
        peer.sendall(bytes([0x82, 0x80 | len(payload)]) + bytes(4) + payload)  # masked with zeros
        answered = b""
        while len(answered) < 20:
            _, length = said.read(2)
            frame = said.read(length if length < 126 else struct.unpack(">H", said.read(2))[0])
            if frame[0] == 0:
                answered += frame[1:]
        assert answered[:2] == struct.pack("<H", 53), "the first frame of a channel is its port"
        assert answered.endswith(socket.inet_aton(get(mesh, "game-gke", "service", "app2")["spec"]["clusterIP"]))


@needs_namespaces
def test_a_mesh_by_hand_comes_alive(mesh):
    mesh("exec", "--", str(BY_HAND))
    roots = [get(mesh, cluster, "configmap", "istio-ca-root-cert")["data"]["root-cert.pem"] for cluster in ("game-agones", "game-gke")]
    secret = get(mesh, "game-gke", "secret", "-n", "istio-system", "cacerts")["data"]["root-cert.pem"]
    assert [root.strip() for root in roots] == [base64.b64decode(secret).decode().strip()] * 2
    said = eventually(lambda: answer(mesh, DISCOVERY), "app1 by discovery")
    assert (said["app"], said["cluster"]) == ("app1", "game-agones")
    said = eventually(lambda: answer(mesh, ALIAS), "app1 by alias")
    assert (said["app"], said["cluster"], said["host"]) == ("app1", "game-agones", "app1.default.global:8000")
    for identity in ("By=spiffe://cluster.local/ns/default/sa/app1", "URI=spiffe://cluster.local/ns/default/sa/app2"):
        assert identity in said["x-forwarded-client-cert"]
    # A proxy may learn of the way while the calls go out: ten answers in a row come when it has.
    eventually(lambda: mesh("call", "game-gke/app2", ALIAS, "-n", "10", ok=False).stdout.count("200 ") == 10, "ten answers in a row")


@needs_namespaces
def test_the_gateway_is_the_only_way(mesh):
    address = get(mesh, "game-agones", "pods", "-l", "app=app1")["items"][0]["status"]["podIP"]
    assert mesh("call", "game-gke/app2", f"http://{address}:8000/", "--timeout", "2", ok=False).returncode == 1
    mesh.kubectl("game-agones", "scale", "deployment", "-n", "istio-system", "istio-eastwestgateway", "--replicas=0")
    eventually(lambda: not answer(mesh, ALIAS), "no answer without the gateway")
    mesh.kubectl("game-agones", "scale", "deployment", "-n", "istio-system", "istio-eastwestgateway", "--replicas=1")
    eventually(lambda: answer(mesh, ALIAS), "an answer with the gateway")


@needs_namespaces
def test_istiod_tells_what_it_knows(mesh):
    clusters = json.loads(mesh.kubectl("game-gke", "exec", "-n", "istio-system", "deploy/istiod", "--",
                                       "/usr/bin/curl", "-s", "http://127.0.0.1:15014/debug/clusterz"))
    assert {c["id"]: c["syncStatus"] for c in clusters} == {"game-agones": "synced", "game-gke": "synced"}


@needs_namespaces
def test_charts_are_a_folder_and_a_repository_for_both_helms(mesh):
    script = '''set -e; "$LAB_HELM3" show chart --repo "$LAB_CHART_REPO" istiod; "$LAB_HELM4" show chart "$LAB_CHARTS/gateway"'''
    assert mesh("exec", "--", "sh", "-c", script).stdout.count("version: 1.31.0") >= 2


@needs_namespaces
def test_status_and_logs_name_the_parts_of_the_mesh(mesh):
    shown = mesh("status").stdout
    assert "node" in shown and "istio-eastwestgateway" in shown and "all ready" in shown
    assert "Envoy proxy is ready" in mesh("logs", "game-gke/app2/istio-proxy").stdout
    assert "discovery" in mesh("logs", "game-gke/istiod").stdout


@needs_namespaces
def test_a_killed_world_starts_again_and_down_leaves_nothing(mesh):
    records = list(mesh.directory.glob("*.process"))
    outside = {name: int((mesh.directory / f"{name}.process").read_text().split()[1]) for name in ("world", "relay")}
    assert records and all(runs(pid) for pid in outside.values())
    os.kill(outside["world"], signal.SIGKILL)
    eventually(lambda: not any(runs(pid) for pid in outside.values()), "all ends with the namespaces")
    assert mesh("status", ok=False).returncode == 1
    mesh("up", "--mesh")
    eventually(lambda: answer(mesh, ALIAS), "the mesh is back")
    pid = int((mesh.directory / "world.process").read_text().split()[1])
    children = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _user_namespace(path.name) == _user_namespace(pid)]
    assert len(children) > 30
    mesh("down")
    eventually(lambda: not any(runs(child) for child in (*children, pid)), "what was in the namespaces ends with them")
    assert not mesh.directory.exists()


def _user_namespace(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/user")
    except OSError:
        return None


def test_where_namespaces_are_forbidden_it_says_so(bare, tmp_path):
    (tmp_path / "unshare").write_text("#!/bin/sh\necho unshare: Operation not permitted >&2; exit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    result = bare("up", "--mesh", ok=False, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert result.returncode == 1 and "user namespaces" in result.stderr and "sysctl" in result.stderr
    assert "Traceback" not in result.stderr
