"""Trust under calls: a new root in three steps with the restarts that the tool names, and a cluster that signs under another root."""

import base64
import json
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import ALIAS, PAIR, Caller, eventually

CONTEXTS = ("--contexts", ",".join(PAIR))


def roots(world, cluster) -> set:
    text = base64.b64decode(world.get(cluster, "secret", "-n", "istio-system", "cacerts")["data"]["root-cert.pem"]).decode()
    end = "-----END CERTIFICATE-----\n"
    return {x509.load_pem_x509_certificate((one + end).encode()).fingerprint(hashes.SHA256()) for one in text.split(end) if one.strip()}


def restart_istiod(world, *clusters):
    for cluster in clusters:
        world.kubectl(cluster, "-n", "istio-system", "rollout", "restart", "deployment/istiod")
    for cluster in clusters:
        world.kubectl(cluster, "-n", "istio-system", "rollout", "status", "deployment/istiod", "--timeout=120s")


def restart_workloads(world, *clusters):
    world.mesh("inject", "restart", "--all", "--contexts", ",".join(clusters), "--namespaces", "default", "--yes")


def count(lost) -> int:
    return sum(map(len, lost.values()))


def taken(world) -> str:
    """What a step said; "" while it is refused because istiod has not spread what the one before wrote."""
    result = world.mesh("certs", "rotate", "--root", *CONTEXTS, "--yes", expect=None)
    assert result.returncode == 0 or "wait a minute and run the same command again" in result.stderr, result.stderr
    return result.stdout if result.returncode == 0 else ""


def step(world, said) -> dict:
    """One step and its restarts; what was lost by a client that is not itself restarted, and whether the client works afterwards."""
    lost = {}
    with Caller(world, ALIAS) as caller:
        words = eventually(lambda: taken(world), "the step before has arrived everywhere", 120)
        assert said in words and "rollout restart deployment/istiod" in words
        if "3 of 3" not in said:  # the next step is refused until istiod has taken this one up
            refused = world.mesh("certs", "rotate", "--root", *CONTEXTS, "--yes", expect=4)
            assert "before the last step" in refused.stderr
        lost["rotate"] = caller.failed
        restart_istiod(world, *PAIR)
        lost["istiod"] = caller.failed[count(lost):]
        restart_workloads(world, "game-agones")
        lost["server"] = caller.failed[count(lost):]
    lost["afterwards"] = caller.failed[count(lost):]
    assert len(caller.answers) > 40
    restart_workloads(world, "game-gke")
    with Caller(world, ALIAS) as caller:
        pass
    lost["new client"] = caller.failed
    print(said, lost)
    return lost


def test_a_mesh(world):
    world.file = world.write_mesh_file()
    world.document("up", "-f", world.file, "--yes")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    world.first = roots(world, "game-gke")
    assert len(world.first) == 1


def test_step_1_trusts_both_roots_and_loses_no_call(world):
    lost = step(world, "step 1 of 3")
    assert count(lost) == 0, lost
    assert all(len(roots(world, cluster)) == 2 and roots(world, cluster) > world.first for cluster in PAIR)


def test_step_2_signs_with_the_new_root_and_loses_no_call(world):
    lost = step(world, "step 2 of 3")
    assert count(lost) == 0, lost
    assert world.failures("--only", "certs") == set()


def test_step_3_drops_the_old_root_and_loses_no_call(world):
    lost = step(world, "step 3 of 3")
    assert count(lost) == 0, lost
    now = roots(world, "game-gke")
    assert len(now) == 1 and now == roots(world, "game-agones") and now.isdisjoint(world.first)
    # istiod spreads the new set of roots over the namespaces once it has the lease of its predecessor.
    eventually(lambda: world.failures() == set(), "verify is green", 90)


def foreign_set() -> dict:
    """What somebody makes who does not know of the mesh's root."""
    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Elsewhere"), x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def certificate(subject, public, issuer, key, path):
        now = datetime.now(timezone.utc)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        return (x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(public)
                .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=300))
                .add_extension(x509.BasicConstraints(True, path), True).add_extension(usage, True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False).sign(key, hashes.SHA256()))

    def pem(one):
        return one.public_bytes(serialization.Encoding.PEM).decode()

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root, ca = certificate("Root", root_key.public_key(), "Root", root_key, 1), certificate("CA", key.public_key(), "Root", root_key, 0)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return {"ca-cert.pem": pem(ca), "ca-key.pem": private, "cert-chain.pem": pem(ca) + pem(root), "root-cert.pem": pem(root)}


def test_a_foreign_root_ends_the_calls_and_verify_names_it(world):
    mesh = world.get("game-agones", "secret", "-n", "istio-system", "cacerts")["data"]
    world.kubectl("game-agones", "-n", "istio-system", "patch", "secret", "cacerts", "--type=merge", "-p", json.dumps({"stringData": foreign_set()}))
    restart_istiod(world, "game-agones")
    restart_workloads(world, "game-agones")
    eventually(lambda: world.call("game-gke/app2", ALIAS) is None, "the call is refused", 30)
    # The gateway presents a certificate of the foreign root as well.
    assert world.failures(expect=1) == {("certs/same-root", "*"), ("serviceentry/gateway-answers", "game-agones")}

    world.kubectl("game-agones", "-n", "istio-system", "patch", "secret", "cacerts", "--type=merge", "-p", json.dumps({"data": mesh}))
    restart_istiod(world, "game-agones")
    restart_workloads(world, "game-agones")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "it is answered again", 30)
    assert world.failures() == set()
