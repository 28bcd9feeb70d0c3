"""The real step-ca on loopback, with provisioners that allow more or less."""

import base64
import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

ROUNDS = 100_000
# What README.md of the example tells an operator to write.
CA_TEMPLATE = """{"subject": {{ toJson .Insecure.CR.Subject }}, "sans": {{ toJson .SANs }},
  "keyUsage": ["certSign", "crlSign", "digitalSignature"], "basicConstraints": {"isCA": true, "maxPathLen": 0}}"""
YEAR = {"maxTLSCertDuration": "9000h"}


def base64url(data) -> str:
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


def key_pair(password) -> tuple:
    """A provisioner's JWK, and its private part encrypted with the password: PBES2-HS256+A128KW and A256GCM, RFC 7518."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = key.private_numbers(), key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": base64url(os.urandom(32)),
           "x": base64url(public.x.to_bytes(32, "big")), "y": base64url(public.y.to_bytes(32, "big"))}
    salt, content_key, nonce = os.urandom(16), os.urandom(32), os.urandom(12)
    head = {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "cty": "jwk+json", "p2c": ROUNDS, "p2s": base64url(salt)}
    wrapping_key = PBKDF2HMAC(hashes.SHA256(), 16, head["alg"].encode() + b"\0" + salt, ROUNDS).derive(password.encode())
    secret = json.dumps({**jwk, "d": base64url(private.private_value.to_bytes(32, "big"))}).encode()
    sealed = AESGCM(content_key).encrypt(nonce, secret, base64url(head).encode())
    parts = (head, aes_key_wrap(wrapping_key, content_key), nonce, sealed[:-16], sealed[-16:])
    return jwk, ".".join(map(base64url, parts))


def provisioners(password) -> list:
    jwk, encrypted = key_pair(password)
    rows = (("mesh", YEAR, CA_TEMPLATE), ("websites", YEAR, None), ("short-lived", {}, CA_TEMPLATE))
    return [{"type": "JWK", "name": name, "key": jwk, "encryptedKey": encrypted, "claims": claims,
             **({"options": {"x509": {"template": template}}} if template else {})} for name, claims, template in rows]


class Server:
    """step-ca, run by its own program with a configuration as an operator writes it."""

    def __init__(self, program, folder, root, intermediate, password):
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.url = f"https://127.0.0.1:{free.getsockname()[1]}"
        certificate, key = intermediate.write(folder, "intermediate")
        configuration = {"root": str(root.write(folder, "root")[0]), "crt": str(certificate), "key": str(key), "address": self.url.removeprefix("https://"),
                         "dnsNames": ["127.0.0.1"], "logger": {"format": "text"}, "authority": {"provisioners": provisioners(password)}}
        (folder / "ca.json").write_text(json.dumps(configuration))
        self.log = folder / "log"
        self.process = subprocess.Popen([program, folder / "ca.json"], stdin=subprocess.DEVNULL, stdout=self.log.open("w"), stderr=subprocess.STDOUT,
                                        env={**os.environ, "HOME": str(folder), "STEPPATH": str(folder)})

    def __enter__(self):
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self

    def answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.url}/health", context=ssl._create_unverified_context(), timeout=2).status == 200
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(15)
