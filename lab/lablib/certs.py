"""A cluster's certificates: one CA, a certificate for each who speaks, a key that signs service account tokens. All by openssl."""

import shutil
import subprocess

from .errors import LabError

SERVER_NAMES = ("IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
                "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local")

# file, subject, usage; components have users of their own, so that an audit log tells them from people. The controller manager may do
# anything, as its controllers must; a service account for each of them, as kubeadm has it, made two clusters ready after 14 s, not 10.
LEAVES = (
    ("server", "/CN=kube-apiserver", "extendedKeyUsage=serverAuth\nsubjectAltName={names}"),
    ("front-proxy", "/CN=front-proxy", "extendedKeyUsage=clientAuth"),
    ("admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth"),
    ("lab", "/O=system:masters/CN=lab", "extendedKeyUsage=clientAuth"),
    ("kube-controller-manager", "/O=system:masters/CN=system:kube-controller-manager", "extendedKeyUsage=clientAuth"),
    ("kube-scheduler", "/CN=system:kube-scheduler", "extendedKeyUsage=clientAuth"),
    ("kwok", "/O=system:masters/CN=kwok", "extendedKeyUsage=clientAuth"),
)
EMPTY_CONFIG = "[req]\ndistinguished_name = none\n[none]\n"  # or the system's openssl.cnf adds extensions of its own


def _openssl(directory, *words):
    run = subprocess.run(["openssl", *words], cwd=directory, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode:
        raise LabError(f"openssl {words[0]} failed: {run.stderr.strip()}")


def _certificate(directory, name, subject, extensions, signer=()):
    wanted = [word for line in extensions.splitlines() for word in ("-addext", line)]
    _openssl(directory, "req", "-x509", "-config", "empty.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-noenc", "-days", "365", "-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.crt", *wanted, *signer)


def make(directory, cluster, addresses=()):
    """Whole or not at all: made beside the place where it is looked for, and renamed."""
    if directory.exists():
        return
    if not shutil.which("openssl"):
        raise LabError("openssl is missing", "sudo apt-get install openssl")
    part = directory.with_name(directory.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    names = ",".join([SERVER_NAMES, *(f"IP:{address}" for address in addresses)])
    (part / "empty.cnf").write_text(EMPTY_CONFIG)
    _certificate(part, "ca", f"/CN={cluster}-ca", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign")
    for name, subject, extensions in LEAVES:
        _certificate(part, name, subject,
                     "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n" + extensions.format(names=names),
                     ("-CA", "ca.crt", "-CAkey", "ca.key"))
    # The old form of key file: it is the one that an API server also takes the public half from.
    _openssl(part, "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", "service-accounts.key")
    part.rename(directory)
