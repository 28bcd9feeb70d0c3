"""Certificates for the fake API servers: made once per test session, all with P-256 keys."""

import datetime
import ipaddress
import itertools
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NUMBERS = itertools.count(1)
DAY = datetime.timedelta(days=1)


@dataclass
class Pair:
    """A certificate with its key, in memory and as files for ssl.SSLContext."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    folder: Path
    number: int

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self):
        form = serialization.PrivateFormat.TraditionalOpenSSL
        return self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()

    def files(self):
        certificate, key = self.folder / f"{self.number}.crt", self.folder / f"{self.number}.key"
        if not key.exists():
            certificate.write_text(self.pem)
            key.write_text(self.key_pem)
        return certificate, key


def san_of(names):
    def one(name):
        try:
            return x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            return x509.DNSName(name)

    return x509.SubjectAlternativeName([one(name) for name in names])


class Authority:
    """A CA that signs servers and clients, with whatever is wrong with them."""

    def __init__(self, folder, name):
        self.folder = folder
        self.own = self._make(name, None, ca=True, names=(), start=-DAY, days=30)

    @property
    def pem(self):
        return self.own.pem

    def server(self, name="server", names=("127.0.0.1", "localhost"), start=-DAY, days=30):
        return self._make(name, self.own, ca=False, names=names, start=start, days=days)

    def client(self, name):
        return self._make(name, self.own, ca=False, names=(), start=-DAY, days=30)

    def _make(self, name, issuer, ca, names, start, days):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        begin = datetime.datetime.utcnow() + start
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + days * DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(san_of(names), critical=False)
        signed = builder.sign(issuer.key if issuer else key, hashes.SHA256())
        return Pair(signed, key, self.folder, next(NUMBERS))
