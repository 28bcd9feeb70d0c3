"""S1, S3, S5, S8: what API servers alone are enough for: starting up, a shared CA, looking at it."""

import shutil

from measure import Command
from scenario import KUBECTL, Group, Scenario, shell
from world import FILES, OURS, SilentServer, World, make_signing_sets, must

# ---- S1: what needs no cluster -------------------------------------------------------------------

START_UPS = (
    ("S1 --help", ["--help"], ["--help"]),
    ("S1 version", ["version"], ["version", "--client"]),
    ("S1 completion script", ["completion", "bash"], ["completion", "bash"]),
    ("S1 completing a word", ["__complete", "certs", "in"], ["__complete", "config", "vi"]),
)


def start_up(world: World) -> list:
    environment = world.environment()
    return [Scenario(name, Command(name, [OURS, *ours], environment), Command(name, [KUBECTL, *peer], environment),
                     wanted=40, rounds=30, cpu_too=True, rss_limit=5 << 20)
            for name, ours, peer in START_UPS]


def first_request(world: World) -> list:
    name = world.contexts(1)[0]
    environment = world.environment()
    return [Scenario("S1b first request", Command("contexts --check", [OURS, "contexts", "--check", "--contexts", name], environment),
                     Command("get --raw", [KUBECTL, "--context", name, "get", "--raw", "/version"], environment),
                     wanted=5, rounds=20)]


# ---- S3: a shared CA -----------------------------------------------------------------------------

def kubectl_install(contexts: list, folder: str) -> list:
    lines = []
    for name in contexts:
        files = " ".join(f"--from-file={folder}/{name}/{file}" for file in FILES)
        lines += [f"{KUBECTL} --context {name} create namespace istio-system",
                  f"{KUBECTL} --context {name} create secret generic cacerts -n istio-system {files}"]
    return lines


def keys_given(world: World, count: int, wanted: float) -> Scenario:
    contexts = world.contexts(count)
    sets = make_signing_sets(world.folder / f"sets-{count}", contexts)
    environment = world.environment()
    clean = lambda: world.forget_mesh(contexts)
    ours = [OURS, "certs", "install", "--contexts", ",".join(contexts), "--strategy", "pem", "--set", f"folder={sets}", "--yes"]
    return Scenario(f"S3a certs install, keys given, {count} clusters", Command("certs install", ours, environment, before=clean),
                    Command("kubectl create", shell(kubectl_install(contexts, sets)), environment, before=clean),
                    wanted=wanted, rounds=9)


OPENSSL_EXTENSIONS = ("basicConstraints=critical,CA:TRUE,pathlen:0\\nkeyUsage=critical,digitalSignature,keyCertSign,cRLSign\\n"
                      "subjectAltName=DNS:istiod.istio-system.svc\\n")


def openssl_lines(contexts: list, folder: str) -> list:
    """The steps of Istio's documentation, with the same algorithm as ours."""
    key = "openssl ecparam -name prime256v1 -genkey -noout -out"
    lines = [f"{key} {folder}/root.key",
             f"openssl req -x509 -new -key {folder}/root.key -subj /O=Istio/CN=root -days 3650 -out {folder}/root.pem",
             f"printf '{OPENSSL_EXTENSIONS}' > {folder}/extensions"]
    for name in contexts:
        own = f"{folder}/{name}"
        lines += [f"mkdir {own}", f"{key} {own}/ca-key.pem",
                  f"openssl req -new -key {own}/ca-key.pem -subj /O=Istio/CN=intermediate/L={name} -out {own}/csr",
                  f"openssl x509 -req -in {own}/csr -CA {folder}/root.pem -CAkey {folder}/root.key -CAcreateserial -days 365 "
                  f"-extfile {folder}/extensions -out {own}/ca-cert.pem 2> {own}/words",
                  f"cat {own}/ca-cert.pem {folder}/root.pem > {own}/cert-chain.pem", f"cp {folder}/root.pem {own}/root-cert.pem"]
    return lines


def keys_made(world: World, count: int, wanted: float) -> Scenario:
    contexts = world.contexts(count)
    peer_folder, data = world.folder / f"made-{count}", world.folder / f"data-{count}"
    environment = world.environment(XDG_DATA_HOME=str(data))

    def clean():
        world.forget_mesh(contexts)
        for folder in (peer_folder, data):
            shutil.rmtree(folder, ignore_errors=True)
        peer_folder.mkdir()

    return Scenario(f"S3c certs install, keys made, {count} clusters",
                    Command("certs install", [OURS, "certs", "install", "--contexts", ",".join(contexts), "--yes"], environment, before=clean),
                    Command("openssl, kubectl create", shell(openssl_lines(contexts, peer_folder) + kubectl_install(contexts, peer_folder)),
                            environment, before=clean),
                    wanted=wanted, rounds=9)


def shared_ca(world: World) -> list:
    return [keys_given(world, 2, 12), keys_given(world, 10, 25), keys_made(world, 2, 12), keys_made(world, 10, 20)]


# ---- S5, S8: looking -----------------------------------------------------------------------------

def installed(world: World, contexts: list) -> dict:
    """All clusters have a valid set; `certs verify` exits with 0."""
    environment = world.environment(XDG_DATA_HOME=str(world.folder / "data-verify"))
    must([OURS, "certs", "install", "--contexts", ",".join(contexts), "--yes"], environment)
    return environment


def verify(world: World, count: int, wanted: float, rounds: int) -> Scenario:
    contexts = world.contexts(count)
    world.forget_mesh(contexts)
    environment = installed(world, contexts)
    ours = [OURS, "certs", "verify", "--contexts"]
    targets = [target for _, target in world.targets_read([*ours, contexts[0]], environment)]
    peer = [f"{KUBECTL} --context {name} get --raw '{target}' > /dev/null || true" for name in contexts for target in targets]
    return Scenario(f"S5 certs verify, {count} clusters", Command("certs verify", [*ours, ",".join(contexts)], environment),
                    Command(f"kubectl get, {len(targets)} objects each", shell(peer), environment), wanted=wanted, rounds=rounds)


def looking(world: World) -> list:
    return [verify(world, 2, 20, 9), verify(world, 10, 20, 7)]


def looking_at_many(world: World) -> list:
    return [verify(world, 50, 40, 3)]


DEADLINE = 2.0  # seconds


def one_hangs(world: World) -> list:
    contexts = world.contexts(49)
    environment = installed(world, contexts)
    environment["KUBECONFIG"] = world.with_silent_cluster(SilentServer(), contexts)
    names = ",".join([*contexts, "silent"])
    ours = [OURS, "certs", "verify", "--contexts", names, "--request-timeout", f"{DEADLINE:g}s"]
    peer = [f"{KUBECTL} --context {name} --request-timeout={DEADLINE:g}s get --raw /api/v1/namespaces/istio-system/secrets/cacerts > /dev/null || true"
            for name in [*contexts, "silent"]]
    return [Scenario("S8 one of 50 hangs", Command("certs verify", ours, environment, status=6),
                     Command("kubectl get, one object each", shell(peer), environment), wanted=1, rounds=3, wall_limit=DEADLINE + 0.3)]


GROUPS = {"S1": Group(start_up, "bare"), "S1b": Group(first_request, "bare"), "S3": Group(shared_ca, "bare"), "S5": Group(looking, "bare"),
          "S5-50": Group(looking_at_many, "bare"), "S8": Group(one_hangs, "bare")}
