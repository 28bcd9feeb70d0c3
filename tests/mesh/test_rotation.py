"""Root rotation by what the proxies hold (docs/concerns/certs.md, "Rotate the root CA"): steps are refused, all steps run in one
command, a killed run goes on, an aborted one goes back, and calls between the clusters are answered throughout."""

import base64
import json
import re
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import ALIAS, PAIR, Victim, eventually
from test_trust import foreign_set, restart_istiod

CONTEXTS = ("--contexts", ",".join(PAIR))
WHOLE = ("certs", "rotate", "--root", "--all-steps", *CONTEXTS, "--yes")
WRITE = re.compile(r"\b(POST|PUT|PATCH|DELETE) https://(?!.*accessreviews)")


def certificates(pem: str) -> list:
    end = "-----END CERTIFICATE-----\n"
    return [x509.load_pem_x509_certificate((one + end).encode()) for one in pem.split(end) if one.strip()]


def secret(world, cluster) -> dict:
    data = world.get(cluster, "secret", "-n", "istio-system", "cacerts")["data"]
    return {name: base64.b64decode(value).decode() for name, value in data.items()}


def roots(world, cluster) -> set:
    return {one.fingerprint(hashes.SHA256()) for one in certificates(secret(world, cluster)["root-cert.pem"])}


def held(world, cluster, namespace, app) -> tuple:
    """The root that a proxy's certificate leads to and the roots that it trusts, as istioctl reads them."""
    pod = eventually(lambda: ready_pod(world, cluster, namespace, app), f"a pod of {app}")
    secrets = json.loads(world.inside("istioctl", "--context", cluster, "proxy-config", "secret", f"{pod}.{namespace}", "-o", "json").stdout)
    text = {one["name"]: one["secret"] for one in secrets["dynamicActiveSecrets"]}
    trusted = base64.b64decode(text["ROOTCA"]["validationContext"]["trustedCa"]["inlineBytes"]).decode()
    chain = base64.b64decode(text["default"]["tlsCertificate"]["certificateChain"]["inlineBytes"]).decode()
    return certificates(chain), {one.fingerprint(hashes.SHA256()) for one in certificates(trusted)}


def pods(world, cluster, namespace, app) -> list:
    items = world.get(cluster, "pods", "-n", namespace)["items"]
    return [one for one in items if one["metadata"]["name"].startswith(f"{app}-") and "deletionTimestamp" not in one["metadata"]]


def ready_pod(world, cluster, namespace, app):
    for one in pods(world, cluster, namespace, app):
        if any(c["type"] == "Ready" and c["status"] == "True" for c in one["status"].get("conditions", [])):
            return one["metadata"]["name"]
    return None


class Clients:
    """Callers in app2, one after the other in whichever pod is ready; what a pod loses while it is itself replaced is told apart."""

    def __init__(self, world, callers=4):
        self.world, self.good, self.lost, self.replaced = world, 0, [], 0
        self.lock, self.stop = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(callers)]

    def work(self):
        while not self.stop.is_set():
            pod = ready_pod(self.world, "game-gke", "default", "app2")
            if pod is None:
                continue
            lines = self.world.lab("call", f"game-gke/default/{pod}", ALIAS, "-n", "200", "--timeout", "5", expect=None,
                                   seconds=300).stdout.splitlines()
            failed = [line for line in lines if line and not line.startswith("200 ")]
            stays = not failed or pod in [one["metadata"]["name"] for one in pods(self.world, "game-gke", "default", "app2")]
            with self.lock:
                self.good += sum(line.startswith("200 ") for line in lines)
                if stays:
                    self.lost += failed
                else:
                    self.replaced += len(failed)

    def __enter__(self):
        for each in self.threads:
            each.start()
        eventually(lambda: self.good, "a first answer")
        return self

    def __exit__(self, *_):
        self.stop.set()
        for each in self.threads:
            each.join()


def ended_at(world, last, *words) -> bool:
    """Runs a command and ends it hard when its write `last` is logged: on the wire or answered, without the tool's knowledge. False if it
    came to its own good end before."""
    victim = Victim(world, *words, "-v", "6")
    writes = 0
    for said in victim.log:
        writes += bool(WRITE.search(said))
        if writes == last:
            victim.end()
            last = None
    status = victim.wait()
    assert status in (0, -9), status
    return status != 0


def restart(world, cluster, namespace, *names):
    for name in names:
        world.kubectl(cluster, "-n", namespace, "rollout", "restart", f"deployment/{name}")
    for name in names:
        world.kubectl(cluster, "-n", namespace, "rollout", "status", f"deployment/{name}", "--timeout=180s")


def require_only(world, wanted):
    """Everything has arrived: Secrets, what istiod spreads, and each proxy, by the tool's word and by istioctl's."""
    for cluster, app in zip(PAIR, ("app1", "app2")):
        assert roots(world, cluster) == wanted
        chain, trusted = held(world, cluster, "default", app)
        assert trusted == wanted
        signer = certificates(secret(world, cluster)["ca-cert.pem"])[0].public_key()
        signer.verify(chain[0].signature, chain[0].tbs_certificate_bytes, ec.ECDSA(chain[0].signature_hash_algorithm))
    world.mesh("certs", "status", *CONTEXTS)
    world.mesh("certs", "trust", *CONTEXTS)
    eventually(lambda: world.failures() == set(), "verify is green", 90)


def test_a_mesh(world):
    world.file = world.write_mesh_file()
    world.document("up", "-f", world.file, "--yes")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "app1 answers app2")
    world.first = roots(world, "game-gke")
    require_only(world, world.first)


def test_all_steps_of_new_intermediates_and_a_new_root_lose_no_call(world):
    """"at least 2,000 calls during a complete rotation, none lost by a client that is not itself replaced"."""
    with Clients(world) as clients:
        before = secret(world, "game-agones")["ca-cert.pem"]
        world.mesh("certs", "rotate", "--intermediate", "--all-steps", *CONTEXTS, "--yes", seconds=900)
        assert secret(world, "game-agones")["ca-cert.pem"] != before and roots(world, "game-gke") == world.first
        said = world.mesh(*WHOLE, seconds=900).stdout
        # On a slow machine one rotation is over before so many calls are made: then there is another.
        for _ in range(5):
            if clients.good < 2000:
                world.mesh(*WHOLE, seconds=900)
    print(said, f"{clients.good} good, {len(clients.lost)} lost, {clients.replaced} of replaced clients: {clients.lost[:5]}")
    assert clients.lost == [] and clients.good >= 2000
    now = roots(world, "game-gke")
    assert len(now) == 1 and now.isdisjoint(world.first)
    require_only(world, now)
    world.first = now


def test_a_step_is_refused_while_one_proxy_lacks_what_it_needs(world):
    world.mesh("certs", "rotate", "--root", *CONTEXTS, "--yes")
    restart_istiod(world, *PAIR)
    restart(world, "game-agones", "default", "app1")
    before = secret(world, "game-gke")

    def refused():
        result = world.mesh("certs", "rotate", "--root", *CONTEXTS, "--yes", expect=4).stderr
        return result if "not ready for this step" in result else None

    said = eventually(refused, "istiod has spread both roots", 90)
    assert "Deployment default/app2 does not trust" in said and "Deployment default/app1" not in said
    assert "kubectl mesh inject restart --all --contexts game-gke --namespaces default" in said
    assert secret(world, "game-gke") == before and world.call("game-gke/app2", ALIAS)
    status = world.document("certs", "status", *CONTEXTS, expect=1)
    late = {(item["cluster"], item["object"]) for item in status["items"] if item["severity"] == "failure"}
    assert ("game-gke", "Deployment default/app2") in late and ("game-agones", "Deployment default/app1") not in late
    # Nothing is broken by it.
    world.mesh("certs", "trust", *CONTEXTS)
    assert world.failures() == set()


def patch_set(world, cluster, change):
    """In the tool's name, which goes on with the fields afterwards."""
    world.kubectl(cluster, "-n", "istio-system", "patch", "secret", "cacerts", "--type=merge", "--field-manager", "kubectl-mesh", "-p", json.dumps(change))


def test_an_outage_is_told_by_trust_and_by_verify(world):
    """What step 2 did when nobody asked the proxies: app1 has a certificate of a root that app2 does not trust."""
    kept = {cluster: world.get(cluster, "secret", "-n", "istio-system", "cacerts")["data"] for cluster in PAIR}
    foreign = foreign_set()
    both = secret(world, "game-gke")["root-cert.pem"] + foreign["root-cert.pem"]
    sets = {"game-agones": {**foreign, "root-cert.pem": both}, "game-gke": {"root-cert.pem": both}}
    for cluster, data in sets.items():
        patch_set(world, cluster, {"stringData": data})
    restart_istiod(world, *PAIR)
    restart(world, "game-agones", "default", "app1")
    eventually(lambda: world.call("game-gke/app2", ALIAS) is None, "calls fail", 60)
    trust = world.document("certs", "trust", *CONTEXTS, expect=1)
    by = {item["cluster"]: item["trustedBy"] for item in trust["items"]}
    assert by["game-agones"]["game-gke"].startswith("no: ") and "Deployment default/app2" in by["game-agones"]["game-gke"]
    assert ("certs/proxies-trust", "game-gke") in world.failures(expect=1)

    for cluster, data in kept.items():
        patch_set(world, cluster, {"data": data})
    restart_istiod(world, *PAIR)
    restart(world, "game-agones", "default", "app1")
    eventually(lambda: world.call("game-gke/app2", ALIAS), "calls are answered again", 60)


def test_an_abort_goes_back_to_the_old_root(world):
    """The rotation of the tests above is in its first step; it is killed in its second."""
    with Clients(world, 1) as clients:
        # Restarts of what lacks the new root, then the Secrets of step 2 and an istiod.
        assert ended_at(world, 9, *WHOLE)
        assert len(roots(world, "game-gke")) == 2
        world.mesh("certs", "rotate", "--abort", *CONTEXTS, "--yes", seconds=900)
    assert clients.lost == [], clients.lost[:5]
    require_only(world, world.first)
    assert "no root rotation is under way" in world.mesh("certs", "rotate", "--abort", *CONTEXTS, "--yes").stdout


def test_a_killed_rotation_goes_on_with_the_same_command(world):
    with Clients(world, 1) as clients:
        ended = [ended_at(world, writes, *WHOLE) for writes in (1, 3, 5, 4, 6)]
        # What few writes were left may have been done before; another run then begins another rotation.
        assert ended.count(True) >= 4, ended
        world.mesh(*WHOLE, seconds=900)
    assert clients.lost == [], clients.lost[:5]
    now = roots(world, "game-gke")
    assert len(now) == 1 and now.isdisjoint(world.first)
    require_only(world, now)
