"""A wait that fails says why: what `kubectl describe` and `kubectl logs` would have shown, on clusters where pods really fail for these
reasons. Waits that cannot end end early: none of these takes its three minutes, and each says so."""

import base64
import json
import subprocess

CLUSTER = "game-gke"
IN_VAIN = "waiting longer does not help"
GOOD = "registry.example.com/coredns:1"

# Denies every pod: what an AdmissionReview needs, and no more.
WEBHOOK = r"""
import http.server, json, ssl
class Deny(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
        answer = {"uid": asked["uid"], "allowed": False, "status": {"message": "no pod may be called " + asked["object"]["metadata"].get("generateName", "")}}
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Deny)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tls/tls.crt", "/tls/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
DENIER = """\
apiVersion: v1
kind: Service
metadata: {{name: denier, namespace: default}}
spec: {{selector: {{app: denier}}, ports: [{{port: 443, targetPort: 8443}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: denier, namespace: default, labels: {{app: denier}}}}
spec:
  containers:
  - name: denier
    image: example.com/lab-echo:1
    command: [/usr/bin/python3, -c, {script}]
    readinessProbe: {{httpGet: {{path: /, port: 8443, scheme: HTTPS}}}}
    volumeMounts: [{{name: tls, mountPath: /tls}}]
  volumes: [{{name: tls, secret: {{secretName: denier}}}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: denier}}
webhooks:
- name: pods.denier.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Fail
  namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: istio-system}}}}
  rules: [{{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}}]
  clientConfig: {{caBundle: {ca}, service: {{name: denier, namespace: default, path: /}}}}
"""
# All that `dns install` takes, without the rights to read events and logs.
CLERK = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: clerk}
rules:
- {apiGroups: ["", apps], resources: [namespaces, configmaps, services, deployments, replicasets, pods, daemonsets], verbs: ["*"]}
- {apiGroups: [""], resources: [pods/portforward], verbs: [create, get]}
- {apiGroups: [networking.istio.io], resources: ["*"], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: clerk}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: clerk}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: clerk}]
"""


def install(world, image, *words, expect=3):
    return world.mesh("dns", "install", "--contexts", CLUSTER, "--image", image, "--yes", *words, expect=expect, seconds=400)


def test_an_image_that_does_not_exist(world):
    said = install(world, "registry.example.com/coredns:no-such-tag").stderr
    assert "ImagePullBackOff" in said and "registry.example.com/coredns:no-such-tag: not found" in said, said
    assert IN_VAIN in said and "describe pod kubectl-mesh-dns-" in said, said


def test_a_container_that_crashes_again_and_again(world):
    said = install(world, "docker.io/istio/pilot:1").stderr
    # The lab's pilot does not know CoreDNS' arguments, and says so on its way out.
    assert "CrashLoopBackOff" in said and "last exit code 255 (Error)" in said and "restarts" in said, said
    assert "  | " in said and "unknown command" in said, said
    assert IN_VAIN in said and "coredns:no-such-tag" not in said, said


def test_without_the_right_to_read_logs_the_rest_is_told(world):
    world.apply(CLUSTER, CLERK)
    said = install(world, "docker.io/istio/pilot:2", "--as", "clerk").stderr
    assert "CrashLoopBackOff" in said and "last exit code" in said and "  | " not in said, said
    assert "pods/log" in said and "clerk" in said, said


def test_a_container_that_is_never_ready(world):
    """It may become ready at any moment: the wait takes all the time that the run has, and says why it was not enough."""
    said = install(world, "example.com/lab-echo:1", "--timeout", "30s").stderr
    assert "container coredns: NotReady: Unhealthy: Readiness probe failed: " in said and "--timeout" in said, said


def test_a_webhook_that_denies_is_repeated_in_full(world, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=denier", "-addext",
                    "subjectAltName=DNS:denier.default.svc", "-keyout", tmp_path / "tls.key", "-out", tmp_path / "tls.crt"], check=True, capture_output=True)
    world.kubectl(CLUSTER, "create", "secret", "tls", "denier", f"--cert={tmp_path}/tls.crt", f"--key={tmp_path}/tls.key")
    world.apply(CLUSTER, DENIER.format(script=json.dumps(WEBHOOK), ca=base64.b64encode((tmp_path / "tls.crt").read_bytes()).decode()))
    world.kubectl(CLUSTER, "wait", "--for=condition=Ready", "pod/denier", "--timeout=60s")
    said = install(world, "registry.example.com/coredns:2").stderr
    assert 'FailedCreate: ' in said and 'admission webhook "pods.denier.example.com" denied the request: no pod may be called kubectl-mesh-dns-' in said, said
    assert IN_VAIN in said and "CrashLoopBackOff" not in said, said


def test_when_the_cause_is_gone_the_same_command_goes_on(world):
    world.kubectl(CLUSTER, "delete", "validatingwebhookconfiguration", "denier")
    assert install(world, GOOD, expect=0).stderr.count("error") == 0


def test_a_pod_that_no_node_takes(world):
    """An autoscaler may bring a node: this wait takes its time, too."""
    world.kubectl(CLUSTER, "-n", "istio-system", "patch", "deployment", "kubectl-mesh-dns", "--type=merge", "-p",
                  json.dumps({"spec": {"template": {"spec": {"nodeSelector": {"there": "is-none"}}}}}))
    said = install(world, GOOD, "--timeout", "20s", expect=6).stderr
    assert "Unschedulable: 0/1 nodes are available" in said, said
