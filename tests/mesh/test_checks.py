"""On a healthy mesh exactly one thing is broken at a time: its check fails, and no other that it does not explain."""

import json
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from conftest import ALIAS, BINARY, LAB, eventually

CRD = "networking.istio.io"


@dataclass
class Row:
    """`broken` and `mended` are shell, with `k` for kubectl on the cluster; `explains` are checks of the same fault on another
    layer."""

    check: str
    cluster: str
    broken: str
    mended: str
    explains: tuple = ()
    severity: str = "failure"


def applied(kind, name, spec, space="default", version="networking.istio.io/v1"):
    """An object that is in the way, and its end."""
    text = f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}, namespace: {space}}}, spec: {spec}}}"
    return f"echo '{text}' | k apply -f -", f"k delete {kind} -n {space} {name}"


def shut(spec, space="istio-system"):
    return applied("NetworkPolicy", "shut", spec, space, "networking.k8s.io/v1")


def scaled(name, space="istio-system", to=1):
    return f"k scale deployment -n {space} {name} --replicas=0", f"k scale deployment -n {space} {name} --replicas={to} && k rollout status deployment -n {space} {name} --timeout=90s"


def secret(change):
    return (f"k get secret -n istio-system cacerts -o json > set.json; {change}",
            "python3 -c 'import json; print(json.dumps({\"data\": json.load(open(\"set.json\"))[\"data\"]}))' > data.json; k patch secret -n istio-system cacerts --type=merge --patch-file data.json")


GATEWAY = ("k delete gateways.networking.istio.io -n istio-system cross-network-gateway", "mesh helm install -f mesh.yaml --yes")
# As a revision leaves it that was removed.
ORPHAN = ("""k get mutatingwebhookconfiguration istio-sidecar-injector -o json | python3 -c 'import json, sys; it = json.load(sys.stdin); """
          """it["metadata"] = {"name": "orphan", "labels": {"app": "sidecar-injector", "istio.io/rev": "gone"}}; """
          """[hook["clientConfig"]["service"].update(name="istiod-gone") for hook in it["webhooks"]]; print(json.dumps(it))' | k create -f -""",
          "k delete mutatingwebhookconfiguration orphan")
VALIDATING_ORPHAN = (ORPHAN[0].replace("mutatingwebhookconfiguration istio-sidecar-injector", "validatingwebhookconfiguration istio-validator-istio-system")
                     .replace("sidecar-injector", "istiod"), "k delete validatingwebhookconfiguration orphan")
DNS = "mesh dns install -f mesh.yaml --yes"
MESH = "k get cm -n istio-system istio -o json | sed -E '{edit}' | k replace -f -"
COREFILE = "k get cm -n kube-system coredns -o json | sed -E '{edit}' | k replace -f -"

ROWS = [
    Row("certs/complete", "game-gke", *secret("""k patch secret -n istio-system cacerts --type=json -p '[{"op": "remove", "path": "/data/ca-key.pem"}]'""")),
    Row("certs/parses", "game-gke", *secret("""k patch secret -n istio-system cacerts --type=merge -p '{"stringData": {"ca-cert.pem": "no certificate"}}'""")),
    Row("certs/key-matches", "game-gke", *secret("""openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.pem 2> /dev/null; """
                                                 """k patch secret -n istio-system cacerts -p "{\\"data\\": {\\"ca-key.pem\\": \\"$(base64 -w0 other.pem)\\"}}" """)),
    Row("istio/istiod-ready", "game-gke", *scaled("istiod"), explains=("inject/webhook-there",)),
    Row("istio/istiod-policies", "game-gke", *shut("{podSelector: {matchLabels: {app: istiod}}, ingress: [{ports: [{port: 15010}]}]}")),
    Row("istio/gateway-policies", "game-gke", *shut("{podSelector: {matchLabels: {istio: eastwestgateway}}, ingress: [{from: [{namespaceSelector: {}}]}]}")),
    Row("istio/network-label", "game-gke", "k label namespace istio-system topology.istio.io/network=other --overwrite",
        "k label namespace istio-system topology.istio.io/network=game-gke --overwrite"),
    Row("istio/gateway-ready", "game-gke", *scaled("istio-eastwestgateway")),
    Row("istio/gateway-address", "game-gke", "k annotate service -n istio-system istio-eastwestgateway lab/load-balancer=pending; "
        """k patch service -n istio-system istio-eastwestgateway --subresource=status --type=merge -p '{"status": {"loadBalancer": {"ingress": null}}}'""",
        "k annotate service -n istio-system istio-eastwestgateway lab/load-balancer-"),
    Row("istio/gateway-network", "game-gke", "k label service -n istio-system istio-eastwestgateway topology.istio.io/network=other --overwrite",
        "k label service -n istio-system istio-eastwestgateway topology.istio.io/network=game-gke --overwrite"),
    Row("istio/exposes-services", "game-gke", *GATEWAY),
    Row("istio/webhooks-answer", "game-gke", *VALIDATING_ORPHAN),
    Row("istio/followed-revisions", "game-gke", "k label validatingwebhookconfigurations istiod-default-validator istio.io/rev=gone --overwrite",
        "k label validatingwebhookconfigurations istiod-default-validator istio.io/rev=default --overwrite"),
    Row("serviceentry/gateway-ready", "game-agones", *scaled("istio-eastwestgateway"), explains=("istio/gateway-ready",)),
    Row("serviceentry/gateway-open", "game-agones", *GATEWAY, explains=("istio/exposes-services",)),
    Row("serviceentry/services-served", "game-agones", *scaled("app1", "default")),
    Row("serviceentry/mutual-tls", "game-agones", *applied("PeerAuthentication", "plain", "{mtls: {mode: DISABLE}}", version="security.istio.io/v1")),
    Row("serviceentry/callers-allowed", "game-agones", *applied("AuthorizationPolicy", "nothing", "{}", version="security.istio.io/v1")),
    Row("serviceentry/exports-open", "game-agones", *shut("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", "default")),
    Row("serviceentry/in-step", "game-gke", f"k delete destinationrules.{CRD} -n istio-system app1.default.global", "mesh serviceentry sync -f mesh.yaml --yes"),
    Row("serviceentry/addresses-free", "game-gke",
        f"at=$(k get serviceentries.{CRD} -n istio-system app1.default.global -o 'jsonpath={{.spec.addresses[0]}}'); "
        + applied("ServiceEntry", "other", "{hosts: [other.example], addresses: [AT], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC, endpoints: [{address: 192.0.2.1}]}")[0]
        .replace("AT]", "'$at']"), f"k delete serviceentries.{CRD} other",
        explains=("serviceentry/in-step",)),
    Row("serviceentry/rules-alone", "game-gke", *applied("DestinationRule", "all", '{host: "*.global", trafficPolicy: {tls: {mode: SIMPLE}}}')),
    Row("serviceentry/visible", "game-gke", *applied("Sidecar", "narrow", '{egress: [{hosts: ["./*"]}]}'), severity="warning"),
    Row("serviceentry/visible", "game-gke", *applied("Sidecar", "default", '{egress: [{hosts: ["./*", "istio-system/*.svc.cluster.local"]}]}')),
    Row("dns/stub-present", "game-gke", COREFILE.format(edit=r's/# BEGIN kubectl-mesh.*# END kubectl-mesh\\n//'), DNS),
    Row("dns/stub-target", "game-gke", COREFILE.format(edit=r"s/forward \. 10\.[0-9.]+/forward . 10.96.255.254/"), DNS,
        explains=("dns/zone-served",)),
    Row("dns/server-ready", "game-gke", *scaled("kubectl-mesh-dns", to=2), explains=("dns/zone-served", "dns/zone-newest", "dns/alias-answers")),
    Row("dns/zone-current", "game-gke", "k get cm -n istio-system kubectl-mesh-dns -o json | sed 's/app1.default/app9.default/' | k replace -f -",
        "k delete cm -n istio-system kubectl-mesh-dns; " + DNS,
        explains=("dns/zone-newest", "dns/alias-answers", "dns/server-answers")),
    Row("inject/labels-agree", "game-gke", "k label namespace default istio.io/rev=canary", "k label namespace default istio.io/rev-"),
    Row("inject/discovered", "game-gke", MESH.format(edit=r's/"mesh": "/"mesh": "discoverySelectors:\\n- matchLabels: {mesh: in}\\n/'),
        MESH.format(edit=r's/discoverySelectors:\\n- matchLabels: \{mesh: in\}\\n//')),
    Row("inject/webhook-there", "game-gke", "k create namespace lonely; k label namespace lonely istio.io/rev=nobody", "k delete namespace lonely"),
    Row("inject/webhook-there", "game-agones", *ORPHAN, explains=("istio/webhooks-answer",)),
    Row("inject/pods-injected", "game-gke", "k label namespace default istio-injection-; k create deployment bare --image=example.com/nothing:1; "
        "until k get pods -l app=bare | grep -q bare; do sleep 0.2; done; k label namespace default istio-injection=enabled",
        "k delete deployment bare; k wait --for=delete pod -l app=bare --timeout=60s"),
]


def test_a_healthy_mesh(world):
    world.file = world.write_mesh_file()
    world.document("up", "-f", world.file, "--yes")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    assert world.failures() == set()


def test_each_api_server_is_asked_once_for_each_thing(world):
    """docs/concerns/verify.md says which; a port-forward comes on top."""
    said = world.mesh("verify", "-f", world.file, "--objects-only", "-v", "6").stderr
    servers = re.findall(r"(GET|POST) (https://[^/]+)(\S+)", said)
    assert {method for method, _, _ in servers} == {"GET"} and len(set(servers)) == len(servers), servers
    assert max(Counter(server for _, server, _ in servers).values()) <= 27, servers


def test_a_gateway_of_another_name_and_namespace_is_as_good(world):
    """docs/existing-meshes.md, "Gateways": what opens the gateway is found by the pods that it selects."""
    gateway = world.get("game-gke", "gateways.networking.istio.io", "-n", "istio-system", "cross-network-gateway")
    other = {"apiVersion": gateway["apiVersion"], "kind": "Gateway", "metadata": {"name": "expose", "namespace": "default"}, "spec": gateway["spec"]}
    world.apply("game-gke", json.dumps(other))
    world.kubectl("game-gke", "delete", "gateways.networking.istio.io", "-n", "istio-system", "cross-network-gateway")
    try:
        assert world.failures() == set()
        row = next(item for item in world.document("verify", "-f", world.file)["items"] if (item["id"], item["cluster"]) == ("istio/exposes-services", "game-gke"))
        assert row["severity"] == "pass" and "default/expose" in row["evidence"], row
    finally:
        world.kubectl("game-gke", "delete", "gateways.networking.istio.io", "-n", "default", "expose")
        world.mesh("helm", "install", "-f", world.file, "--yes")


def test_a_certificate_of_another_root_behind_the_gateways_address_fails(world):
    """docs/checks/serviceentry.md, gateway-answers: something before the gateway ends TLS, with a certificate of its own."""
    port = "15999"
    file = world.edit("elsewhere.yaml", ("serviceentry:", f"serviceentry:\n  addresses: {{game-agones: ['127.0.0.1:{port}']}}"))
    world.inside("sh", "-ec", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=stranger -keyout stranger.key -out stranger.pem 2> /dev/null")
    stranger = subprocess.Popen([str(LAB), "exec", "--", "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-key", "stranger.key", "-cert", "stranger.pem",
                                 "-alpn", "istio", "-quiet"], env=world.environment, cwd=world.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        def rows():
            report = world.document("verify", "-f", file, "--only", "serviceentry/gateway-answers", expect=None)
            return {item["cluster"]: (item["severity"], item["evidence"]) for item in report["items"]}

        severity, evidence = eventually(lambda: (row := rows()["game-agones"])[0] != "skipped" and row, "the stranger listens", 30)
        assert severity == "failure" and "do not trust" in evidence and "self-signed" in evidence, evidence
    finally:
        stranger.terminate()
        stranger.wait(10)


def found(world, cluster, text, least) -> dict:
    """What a script on a cluster leaves for `verify` to find, with the rows' severity."""
    script = f'k() {{ kubectl --context {cluster} "$@"; }}; mesh() {{ {BINARY} "$@"; }}; {{ {text or "true"}; }} >&2; mesh verify -f mesh.yaml -o json || true'
    report = json.loads(world.inside("sh", "-ec", script).stdout)
    return {(item["id"], item["cluster"]): item["severity"] for item in report["items"] if item["severity"] in ("failure", least)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.check}-{row.cluster}")
def test_its_check_fails_and_no_other(world, row):
    mine, explained = (row.check, row.cluster), {(check, row.cluster) for check in row.explains}
    seen = {"rows": found(world, row.cluster, row.broken, row.severity)}

    def others():
        return {one for one, severity in seen["rows"].items() if severity == "failure"} - {mine} - explained

    try:
        # A DNS pod that reloads between two questions answers the one and not the other.
        deadline = time.monotonic() + 30
        while (mine not in seen["rows"] or others()) and time.monotonic() < deadline:
            seen["rows"] = found(world, row.cluster, "", row.severity)
        assert seen["rows"].get(mine) == row.severity, seen
        assert not others(), seen
    finally:
        seen["rows"] = found(world, row.cluster, row.mended, "failure")
    deadline = time.monotonic() + 60
    while seen["rows"] and time.monotonic() < deadline:
        seen["rows"] = found(world, row.cluster, "", "failure")
    assert seen["rows"] == {}, "the mesh is not healthy again"
