"""No secret shows anywhere: markers in every secret that goes in, and a search of everything that comes out."""

import base64
import json
import os
import re
from pathlib import Path

import faults
from test_login import credential, echo, exec_user
from world import finish, wait_until

CANARIES = {"token": "canary-token-5f1c", "password": "canary-password-77aa", "exec": "canary-exec-9c2d", "data": "canary-data-1b3e"}
ROUNDS = [
    ["certs", "install", "--yes"],
    ["certs", "install", "--dry-run=client", "-o", "yaml"],
    ["certs", "show", "-o", "json"],
    ["certs", "verify", "-o", "yaml"],
    ["certs", "rotate", "--intermediate", "--dry-run=client", "-o", "json"],
    ["certs", "rotate", "--root", "--yes"],
    ["undo", "--yes"],
    ["certs", "remove", "--yes"],
]


def forms(secret):
    """As it is, and as Secrets and headers carry it, at each of the three alignments of base64."""
    raw = secret.encode()
    shifted = [base64.b64encode(b"x" * shift + raw).decode().rstrip("=")[4 if shift else 0 : -2] for shift in range(3)]
    return [secret, *shifted]


def key_lines(pem):
    """Lines of a private key's body."""
    blocks = re.findall(r"-----BEGIN (?:EC |RSA )?PRIVATE KEY-----\n(.*?)\n-----END", pem, re.S)
    return [line for block in blocks for line in block.split("\n") if len(line) > 40]


def searched(world):
    """Every text that is not allowed to hold a secret: files below home and the temporary folder."""
    texts = {}
    for path in [*world.home.rglob("*"), *(world.folder / "tmp").rglob("*")]:
        if path.is_file() and path.parent.name != "certs":
            texts[str(path)] = path.read_text(errors="replace")
    return texts


def secrets_of(world):
    found = {form for canary in CANARIES.values() for form in forms(canary)}
    if world.root_file.exists():
        found |= set(key_lines(world.root_file.read_text()))
    for cluster in world.clusters.values():
        secret = cluster.kube.get("istio-system", "secrets", "cacerts")
        if secret:
            pem = base64.b64decode(secret["data"]["ca-key.pem"]).decode()
            found |= set(key_lines(pem)) | {line for line in forms(pem)[1:2]}
    return found


def proc_texts(process):
    """Command lines and environments of the tool and its children."""
    texts = {}
    for pid in [str(process.pid), *children(process.pid)]:
        for part in ("cmdline", "environ"):
            try:
                texts[f"/proc/{pid}/{part}"] = Path(f"/proc/{pid}/{part}").read_text(errors="replace")
            except OSError:
                continue
    return texts


def children(pid):
    """A thread that has ended since its name was read has no children to name."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += (task / "children").read_text().split()
        except OSError:
            continue
    return found


def prepared(world, pki):
    pair = pki.ca.client("operator")
    encoded = {"client-certificate-data": pair.pem, "client-key-data": pair.key_pem}
    world.users["a"] = {"token": CANARIES["token"], **{name: base64.b64encode(pem.encode()).decode() for name, pem in encoded.items()}}
    world.users["b"] = exec_user(world, echo(credential(token=CANARIES["exec"])))
    (world.folder / "tmp").mkdir()
    world.extra_env = {"TMPDIR": str(world.folder / "tmp")}
    for cluster in world.clusters.values():
        cluster.kube.create("", "namespaces", "istio-system", {})
        value = {"data": {"password": base64.b64encode(CANARIES["data"].encode()).decode()}}
        cluster.kube.create("istio-system", "secrets", "of-another", value)
    return set(key_lines(pair.key_pem))


def test_no_secret_shows_in_any_verb_at_any_verbosity(world, pki):
    """O2, O3, S3."""
    secrets = prepared(world, pki)
    shown = {}
    for words in ROUNDS:
        contexts = [] if words[0] == "undo" else ["--contexts", "a,b"]
        result = world.run(*words, *contexts, "-v", "8")
        shown[" ".join(words)] = result.said
        assert result.code in (0, 1, 4), result.said
        secrets |= secrets_of(world)
    texts = {**shown, **searched(world)}
    hits = {(name, secret[:20]) for name, text in texts.items() for secret in secrets if secret in text}
    assert hits == set()
    assert "PATCH https://" in shown["certs install --yes"] and "<masked>" in shown["certs install --yes"]


def test_no_secret_shows_when_things_go_wrong(world, pki):
    secrets = prepared(world, pki)
    for method, fault in (("GET", faults.status(500, b"{")), ("PATCH", faults.reset_after), ("PATCH", faults.api_status(422, "no"))):
        world["b"].script(method, "*/cacerts", fault, nth=1)
    echoed = json.dumps({"kind": "Secret", "data": {"x": CANARIES["data"]}}).encode()
    world["a"].script("PATCH", "*/cacerts", faults.status(422, echoed))
    result = world.install("-v", "8", "--request-timeout", "2s")
    secrets |= secrets_of(world)
    texts = {"output": result.said, **searched(world)}
    assert result.code == 3
    assert {(name, secret[:20]) for name, text in texts.items() for secret in secrets if secret in text} == set()


def test_no_secret_shows_in_the_list_of_processes(world, pki):
    secrets = prepared(world, pki)
    world.users["b"] = exec_user(world, "sleep 0.3\n" + echo(credential(token=CANARIES["exec"])))
    world["a"].script("PATCH", "*/cacerts", faults.slow(0.3))
    process = world.start("certs", "install", "--contexts", "a,b", "--yes")
    wait_until(lambda: os.path.exists(world.folder / "login-tool.starts"))
    texts = proc_texts(process)
    wait_until(lambda: world["a"].server.writes())
    texts.update(proc_texts(process))
    assert finish(process).code == 0
    secrets |= secrets_of(world)
    assert len(texts) >= 2
    assert {(name, secret[:20]) for name, text in texts.items() for secret in secrets if secret in text} == set()


def test_keys_lie_in_their_place_with_their_mode_only(world):
    assert world.install().code == 0
    keys = {path: mode for path, mode in world.private_files().items() if b"PRIVATE KEY" in path.read_bytes()}
    assert keys == {world.root_file: 0o600}
    folder = world.root_file.parent
    while folder != world.home:
        assert folder.stat().st_mode & 0o077 == 0, folder
        folder = folder.parent
    root_key = set(key_lines(world.root_file.read_text()))
    for cluster in world.clusters.values():
        text = "".join(base64.b64decode(value).decode() for value in cluster.kube.get("istio-system", "secrets", "cacerts")["data"].values())
        assert not any(line in text for line in root_key)
    assert all(mode & 0o077 == 0 for path, mode in world.private_files().items() if "kubectl-mesh" in str(path))
