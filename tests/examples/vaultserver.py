"""A stand-in for Vault: the few answers of its documented HTTP API that the example needs, and their errors. It is not Vault."""

import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import authority

PKI = "/v1/pki/issuer/default"
ROLE, SECRET, TOKEN, APP_TOKEN = "mesh-role", "mesh-secret-id", "hvs.operator", "hvs.approle"
MOST_SECONDS = 9000 * 3600


class Refusal(Exception):
    def __init__(self, status, *errors):
        super().__init__(status)
        self.status, self.errors = status, errors


class Vault:
    """One PKI mount: an issuer below a root, and what a token may."""

    def __init__(self, issuer, root):
        self.issuer, self.chain, self.sealed = issuer, [issuer.pem, root.pem], False

    def answer(self, method, path, token, body) -> dict:
        if self.sealed:
            raise Refusal(503, "Vault is sealed")
        rows = {("GET", f"{PKI}/json"): self.read_issuer, ("POST", "/v1/auth/approle/login"): self.log_in,
                ("POST", f"{PKI}/sign-intermediate"): self.sign_intermediate}
        if (method, path) not in rows:
            raise Refusal(404, f'no handler for route "{path.removeprefix("/v1/")}". route entry not found.')
        return rows[method, path](token, body)

    def read_issuer(self, *_) -> dict:
        return {"data": {"certificate": self.issuer.pem, "ca_chain": self.chain, "issuer_name": "mesh"}}

    @staticmethod
    def log_in(_, body) -> dict:
        if (body["role_id"], body["secret_id"]) != (ROLE, SECRET):
            raise Refusal(400, "invalid role or secret ID")
        return {"auth": {"client_token": APP_TOKEN, "lease_duration": 1200}}

    def sign_intermediate(self, token, body) -> dict:
        if token not in (TOKEN, APP_TOKEN):
            raise Refusal(403, "permission denied")
        seconds = int(body["ttl"].removesuffix("s"))
        if seconds > MOST_SECONDS:
            raise Refusal(400, "cannot satisfy request, as TTL would result in a notAfter that is beyond the expiration of the CA certificate")
        csr = x509.load_pem_x509_csr(body["csr"].encode())
        assert body["use_csr_values"] and body["format"] == "pem"
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        made = self.issuer.sign(csr.subject, csr.public_key(), [*authority.of_a_ca(body["max_path_length"]), (names, False)], seconds / 86400)
        # Without a line break at its end, as Vault has it.
        return {"data": {"certificate": made.public_bytes(serialization.Encoding.PEM).decode().strip(), "issuing_ca": self.issuer.pem, "ca_chain": self.chain}}


def serve(vault, certificate, key):
    """(server, its address) on loopback, with TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.reply(None)

        def do_POST(self):
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, body):
            try:
                assert self.headers["X-Vault-Request"] == "true"
                status, document = 200, vault.answer(self.command, self.path, self.headers["X-Vault-Token"], body)
            except Refusal as refusal:
                status, document = refusal.status, {"errors": refusal.errors}
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    return server, f"https://127.0.0.1:{server.server_port}"
