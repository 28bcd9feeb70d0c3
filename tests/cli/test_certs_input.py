"""certs from the command line to what an API server receives: bad files, passphrases, a stranger's CA.

The API servers are a few lines of Python on this machine: enough to count writes, not to be trusted as Kubernetes.
"""

import base64
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "fault"))
import terminal  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["MESH_BUILD"])
BINARY = BUILD / "bin" / "kubectl-mesh"
BOTH = ["--contexts", "game-agones,game-gke"]


def openssl(*words, **options):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, **options).stdout


class Api(ThreadingHTTPServer):
    """Objects by path; PATCH creates, every write is counted."""

    def __init__(self, folder, uid):
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects = {"/api/v1/namespaces/kube-system": {"metadata": {"name": "kube-system", "uid": uid}}}
        self.writes = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        path = self.path.split("?")[0]
        found = self.server.objects.get(path)
        if path.endswith(("/pods", "/configmaps")):
            self.answer(200, {"kind": "List", "metadata": {}, "items": []})
        elif found is None:
            self.answer(404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404, "message": "not found"})
        else:
            self.answer(200, found)

    def do_POST(self):  # SelfSubjectAccessReview
        self.answer(201, {**self.body(), "status": {"allowed": True}})

    def do_PATCH(self):
        path = self.path.split("?")[0]
        live = self.body()
        live["metadata"] |= {"uid": path, "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}
        self.server.objects[path] = live
        self.server.writes.append(path)
        self.answer(201, live)

    def log_message(self, *_):
        pass


class Mesh:
    def __init__(self, home):
        self.home = home
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=api",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", home / "server.key", "-out", home / "server.pem")
        self.apis = [Api(home, f"uid-{name}") for name in ("agones", "gke")]
        authority = base64.b64encode((home / "server.pem").read_bytes()).decode()
        cluster = [{"name": str(at), "cluster": {"server": f"https://127.0.0.1:{api.server_port}", "certificate-authority-data": authority}}
                   for at, api in enumerate(self.apis)]
        contexts = [{"name": name, "context": {"cluster": str(at), "user": "u"}} for at, name in enumerate(("game-agones", "game-gke"))]
        config = {"apiVersion": "v1", "kind": "Config", "clusters": cluster, "contexts": contexts,
                  "users": [{"name": "u", "user": {"token": "canary-token"}}]}
        (home / "config").write_text(json.dumps(config))
        (home / "config").chmod(0o600)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(home / "config")}
        self.env |= {name: os.environ[name] for name in ("ASAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}

    def run(self, *words, **env):
        return subprocess.run([BINARY, *words], env=self.env | env, capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, cwd=self.home)

    def certs(self, *words, **env):
        return self.run("certs", *words, *BOTH, "--yes", **env)

    def secret(self, at=0):
        data = self.apis[at].objects["/api/v1/namespaces/istio-system/secrets/cacerts"]["data"]
        return {name: base64.b64decode(value).decode() for name, value in data.items()}

    def writes(self):
        return sum(len(api.writes) for api in self.apis)

    def store(self):
        return sorted((self.home / ".local/share/kubectl-mesh").rglob("root*.pem"))


@pytest.fixture()
def mesh(tmp_path):
    mesh = Mesh(tmp_path)
    yield mesh
    for api in mesh.apis:
        api.shutdown()


@pytest.fixture()
def root(mesh):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=Corp/CN=Corp Root", "-days", "900",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout", mesh.home / "ca.key", "-out", mesh.home / "ca.pem")
    return mesh.home


def brought(mesh, *words, **env):
    return mesh.certs("install", "--strategy", "pem", "--set", "root-cert=ca.pem", "--set", "root-key=ca.key", *words, **env)


def made(home, *words):
    openssl("req", "-x509", "-nodes", "-subj", "/CN=Test", "-keyout", home / "ca.key", "-out", home / "ca.pem", *words)


P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
CA = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
PEM = lambda home: (home / "ca.pem").read_bytes()
BAD = {
    "a key": (lambda home: shutil.copy(home / "ca.key", home / "ca.pem"), "ca.pem is a private key, not a certificate"),
    "expired": (lambda home: openssl("x509", "-in", home / "ca.pem", "-signkey", home / "ca.key", "-days", "-1", "-out", home / "ca.pem"),
                "ca.pem expired on"),
    "a leaf": (lambda home: made(home, *P256, "-addext", "basicConstraints=critical,CA:FALSE"), "ca.pem is a leaf, not a CA"),
    "another key": (lambda home: openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", home / "ca.key"),
                    "ca.key does not belong to /"),
    "encrypted": (lambda home: openssl("pkey", "-in", home / "ca.key", "-aes256", "-passout", "pass:word", "-out", home / "sealed")
                  and None or os.rename(home / "sealed", home / "ca.key"), "ca.key is encrypted and no passphrase was given"),
    "RSA 1024": (lambda home: made(home, "-newkey", "rsa:1024", *CA), "ca.pem has a key of only RSA 1024"),
    "SHA-1": (lambda home: made(home, "-newkey", "rsa:2048", "-sha1", *CA), "ca.pem is signed with SHA1"),
    "DER": (lambda home: (home / "ca.pem").write_bytes(openssl("x509", "-in", home / "ca.pem", "-outform", "DER")), "ca.pem is DER, not PEM"),
    "empty": (lambda home: (home / "ca.pem").write_bytes(b""), "ca.pem is empty"),
    "a folder": (lambda home: (os.remove(home / "ca.pem"), os.mkdir(home / "ca.pem")), "ca.pem is a folder, not a file"),
    "missing": (lambda home: os.remove(home / "ca.pem"), "/ca.pem: No such file or directory"),
    "2 MiB": (lambda home: (home / "ca.pem").write_bytes(PEM(home) + b"#" * (2 << 20)), "ca.pem is larger than 1 MiB"),
    "byte order mark": (lambda home: (home / "ca.pem").write_bytes(b"\xef\xbb\xbf" + PEM(home)), "ca.pem begins with a byte order mark"),
    "junk": (lambda home: (home / "ca.pem").write_bytes(b"Certificate:\n" + PEM(home)), "ca.pem holds text outside of its PEM blocks"),
    "two": (lambda home: (home / "ca.pem").write_bytes(PEM(home) * 2), "ca.pem holds 2 certificates where one belongs"),
    "joined": (lambda home: (home / "ca.pem").write_bytes(PEM(home).rstrip() + PEM(home)), "ca.pem joins two blocks without a line break"),
    "cut off": (lambda home: (home / "ca.pem").write_bytes(PEM(home)[:300]), "ca.pem is cut off"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_clear_error_and_nothing_is_written(mesh, root, kind):
    spoil, said = BAD[kind]
    spoil(root)
    result = brought(mesh)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr and result.stderr.count("error") == 1
    assert len(result.stderr.strip().splitlines()) > 1  # the remedy
    assert mesh.writes() == 0 and mesh.store() == []
    assert "PRIVATE KEY" not in result.stdout + result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read(mesh, root):
    (root / "ca.pem").chmod(0)
    assert "/ca.pem: Permission denied" in brought(mesh).stderr


def test_windows_line_ends_are_accepted(mesh, root):
    (root / "ca.pem").write_bytes(PEM(root).replace(b"\n", b"\r\n"))
    assert brought(mesh).returncode == 0
    assert "\r" not in mesh.secret()["root-cert.pem"]


def test_an_encrypted_key_opens_with_a_file_or_a_variable(mesh, root):
    BAD["encrypted"][0](root)
    (root / "word").write_text("word\n")
    assert brought(mesh, "--passphrase-file", "word", "--dry-run=client").returncode == 0
    assert brought(mesh, "--passphrase-env", "WORD", WORD="wrong").returncode == 2
    assert brought(mesh, "--passphrase-env", "WORD", WORD="word").returncode == 0
    assert mesh.secret()["root-cert.pem"] == (root / "ca.pem").read_text()


def judged(mesh, at):
    """The openssl command's word on what a cluster was given."""
    for name, text in mesh.secret(at).items():
        (mesh.home / name).write_text(text)
    assert openssl("verify", "-x509_strict", "-CAfile", mesh.home / "root-cert.pem", mesh.home / "ca-cert.pem").strip().endswith(b"OK")
    public = openssl("x509", "-in", mesh.home / "ca-cert.pem", "-noout", "-pubkey")
    assert public == openssl("pkey", "-in", mesh.home / "ca-key.pem", "-pubout")


def test_install_show_verify_and_a_rerun_that_writes_nothing(mesh):
    first = mesh.certs("install")
    assert first.returncode == 0, first.stderr
    assert mesh.writes() == 4
    judged(mesh, 0)
    judged(mesh, 1)
    [store] = mesh.store()
    assert store.stat().st_mode & 0o777 == 0o600 and store.parent.stat().st_mode & 0o777 == 0o700
    assert mesh.certs("install").returncode == 0 and mesh.writes() == 4
    assert mesh.run("certs", "verify", *BOTH).returncode == 0
    items = json.loads(mesh.run("certs", "show", *BOTH, "-o", "json").stdout)["items"]
    assert [item["role"] for item in items] == ["signing", "root"] * 2
    assert items[0]["signedBy"] == items[1]["fingerprint"] == items[3]["fingerprint"]


def test_keys_stay_out_of_every_text_and_file_but_their_own(mesh):
    said = [mesh.certs("install", "-v", "9"), mesh.run("certs", "show", *BOTH, "-o", "yaml"), mesh.run("certs", "verify", *BOTH, "-o", "json"),
            mesh.certs("rotate", "--root", "-v", "9"), mesh.certs("rotate", "--root", "--dry-run=client", "-o", "yaml")]
    secrets = [mesh.secret(at)["ca-key.pem"] for at in (0, 1)] + [path.read_text() for path in mesh.store()]
    lines = [text.split("PRIVATE KEY-----\n")[1].splitlines()[0] for text in secrets]
    lines += [base64.b64encode(text.encode()).decode()[60:120] for text in secrets]
    texts = [result.stdout + result.stderr for result in said]
    texts += [path.read_text(errors="replace") for path in mesh.home.rglob("*") if path.is_file() and path not in mesh.store()]
    for text in texts:
        assert not any(line in text for line in lines)


def test_a_ca_of_another_root_is_refused_with_what_it_is(mesh, root):
    assert mesh.certs("install").returncode == 0
    result = brought(mesh)
    assert result.returncode == 4 and mesh.writes() == 4
    assert "its root is" in result.stderr and "Corp Root" in result.stderr


def plug_in(mesh, name):
    folder = mesh.home / ".local/share/kubectl-mesh/plugins"
    folder.mkdir(parents=True)
    for suffix in ("so", "json"):
        shutil.copy(BUILD / "examples" / f"{name}.{suffix}", folder)
        (folder / f"{name}.{suffix}").chmod(0o644)
    folder.chmod(0o755)
    assert mesh.run("plugin", "trust", name, "--yes").returncode == 0


def test_a_strangers_ca_signs_by_a_flag_alone(mesh, root):
    plug_in(mesh, "corp-ca")
    settings = ["--set", f"root-cert={root}/ca.pem", "--set", f"root-key={root}/ca.key"]
    result = mesh.certs("install", "--strategy", "corp-ca", *settings)
    assert result.returncode == 0, result.stderr
    assert mesh.secret()["root-cert.pem"] == (root / "ca.pem").read_text()
    judged(mesh, 1)
    assert mesh.store() == []
    (root / "mesh.yaml").write_text(json.dumps({
        "clusters": [{"context": "game-agones"}, {"context": "game-gke"}],
        "certs": {"strategy": "corp-ca", "root-cert": f"{root}/ca.pem", "root-key": f"{root}/ca.key", "validity": "30d"}}))
    again = mesh.run("certs", "install", "-f", "mesh.yaml", "--yes")
    assert again.returncode == 0 and mesh.writes() == 4
    wrong = mesh.certs("install", "--strategy", "corp-ca", "--set", "root-cret=x")
    assert wrong.returncode == 2 and "did you mean root-cert?" in wrong.stderr


PLAN = {"apiVersion": "kubectl-mesh.dev/v1", "kind": "Plan", "actions": [{"type": "apply", "cluster": "game-gke", "reason": "because", "object": {
    "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "default"}}}]}


@pytest.mark.parametrize("needs, status", [({}, 7), ({"writes": ["*"]}, 7), ({"writes": ["v1/Secret"]}, 0)])
def test_a_strangers_plan_holds_what_his_manifest_names_and_no_more(mesh, needs, status):
    source = (ROOT / "sdk/examples/minimal-c/minimal.c").read_text()
    verbs = '"\\"summary\\":\\"say hello\\"}]}]}"'
    assert verbs in source
    wanted = json.dumps(json.dumps(needs))[1:-1]
    source = source.replace(verbs, '"\\"summary\\":\\"say hello\\",\\"changes\\":true}],\\"needs\\":' + wanted + '}]}"')
    source = source.replace("REPORT, sizeof(REPORT)", "PLAN, sizeof(PLAN)") + "\n"
    source = source.replace("static int is(", f"#define PLAN {json.dumps(json.dumps(PLAN))}\n\nstatic int is(")
    (mesh.home / "stranger.c").write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-I", ROOT / "sdk/include", "stranger.c", "-o", "stranger.so"], cwd=mesh.home, check=True)
    installed = mesh.run("plugin", "install", "stranger.so", "--trust", "--yes")
    assert installed.returncode == 0, installed.stderr
    result = mesh.run("hello", "greet", *BOTH, "--yes")
    assert result.returncode == status, result.stdout + result.stderr
    assert mesh.writes() == (1 if status == 0 else 0)
    assert status == 0 or "v1/Secret, which its manifest does not name (needs.writes)" in result.stderr and result.stdout == ""


def on_a_terminal(mesh, words, answers):
    return terminal.on_a_terminal(BINARY, words, mesh.env, mesh.home, answers)


def test_a_passphrase_is_asked_for_without_an_echo(mesh):
    words = ["certs", "install", *BOTH, "--yes", "--ask-passphrase"]
    status, seen = on_a_terminal(mesh, words, [("for the new root key: ", "open sesame"), ("for the new root key: ", "open sesame")])
    assert status == 0, seen
    assert "sesame" not in seen
    assert "ENCRYPTED PRIVATE KEY" in mesh.store()[0].read_text()
    rotate = ["certs", "rotate", "--intermediate", *BOTH, "--yes", "--ask-passphrase"]
    assert on_a_terminal(mesh, rotate, [("of the root key: ", "open sesame")])[0] == 0
    assert on_a_terminal(mesh, rotate, [("of the root key: ", "wrong")])[0] == 2
    assert mesh.certs("rotate", "--intermediate").returncode == 2


def test_no_terminal_to_ask_on(mesh):
    result = subprocess.run(["setsid", BINARY, "certs", "install", *BOTH, "--yes", "--ask-passphrase"], env=mesh.env, capture_output=True,
                            text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert result.returncode == 2 and "no terminal to ask on: certs: Passphrase for the new root key" in result.stderr
    assert "use --passphrase-file FILE" in result.stderr
    assert mesh.writes() == 0
