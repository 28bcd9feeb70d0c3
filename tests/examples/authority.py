"""Certificates of a company's CA, for the servers that the tests talk to."""

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


@dataclass
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def write(self, folder, name):
        """NAME.crt and NAME.key."""
        key = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        for suffix, content in ((".crt", self.pem.encode()), (".key", key)):
            (folder / (name + suffix)).write_bytes(content)
        return folder / f"{name}.crt", folder / f"{name}.key"

    def sign(self, subject, public_key, extensions, days) -> x509.Certificate:
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.certificate.subject if self.certificate else subject)
                   .public_key(public_key).serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + days * DAY)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def sub(self, name, path_length) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        return Authority(self.sign(named(name), key.public_key(), of_a_ca(path_length), 3650), key)

    def server(self, address="127.0.0.1") -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        return Authority(self.sign(named(address), key.public_key(), [(names, False)], 30), key)


def named(name) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"), x509.NameAttribute(NameOID.COMMON_NAME, name)])


def of_a_ca(path_length) -> list:
    usage = x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
                          data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False)
    return [(x509.BasicConstraints(True, path_length), True), (usage, True)]


def root(name) -> Authority:
    made = Authority(None, ec.generate_private_key(ec.SECP256R1()))
    made.certificate = made.sign(named(name), made.key.public_key(), of_a_ca(None), 3650)
    return made
