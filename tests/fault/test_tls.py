"""Who a server must be: only the kubeconfig's CA, only the names in its certificate, nothing else."""

import base64
import datetime
import ssl

import pytest

from faultserver import tls_context
from world import TOKEN

DAY = datetime.timedelta(days=1)


def forged(pki):
    return pki.stranger.server()


def expired(pki):
    return pki.ca.server("expired", start=-10 * DAY, days=3)


def future(pki):
    return pki.ca.server("future", start=5 * DAY)


def other_name(pki):
    return pki.ca.server("other-name", names=("kubernetes.default.svc", "10.0.0.1"))


def common_name_only(pki):
    """The host is in the common name, and the SANs name somebody else: cpprestsdk would take it."""
    return pki.ca.server("127.0.0.1", names=("somebody.else",))


TODAY = datetime.datetime.utcnow()
REFUSED = [
    (forged, ["issuer /CN=some other CA"]),
    (expired, ["certificate has expired", f"to {TODAY - 7 * DAY:%Y-%m-%d}"]),
    (future, ["not yet valid", f"valid from {TODAY + 5 * DAY:%Y-%m-%d}"]),
    (other_name, ["IP address mismatch", "DNS:kubernetes.default.svc", "IP:10.0.0.1"]),
    (common_name_only, ["IP address mismatch", "DNS:somebody.else"]),
]


@pytest.mark.parametrize("make, words", REFUSED, ids=[make.__name__ for make, _ in REFUSED])
def test_a_wrong_certificate_is_refused_at_once_and_hears_no_token(lone, pki, make, words):
    lone["a"].server.tls = tls_context(make(pki))
    result = lone.install()
    assert result.code == 5
    for word in ["a: https://127.0.0.1", "certificate is refused", *words, "certificate-authority"]:
        assert word in result.err
    assert lone["a"].server.requests == [] and lone["a"].server.connections == 1


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_system_trust_store_adds_nothing_to_the_kubeconfig_ca(lone, pki, tmp_path, variable):
    """Both variables would make OpenSSL's default paths trust the stranger."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "ca.pem").write_text(pki.stranger.pem)
    lone.extra_env = {variable: str(bundle / "ca.pem" if variable == "SSL_CERT_FILE" else bundle)}
    lone["a"].server.tls = tls_context(pki.stranger.server())
    assert lone.install().code == 5
    assert lone["a"].server.requests == []


def test_tls_1_0_is_refused(lone, pki):
    lone["a"].server.tls = tls_context(pki.server_pair, newest=ssl.TLSVersion.TLSv1_1)
    result = lone.install()
    assert result.code == 5 and "TLS" in result.err and "protocol version" in result.err
    assert lone["a"].server.requests == []


def test_a_server_that_speaks_no_tls_is_named(lone):
    lone["a"].server.on_accept = lambda raw: raw.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
    result = lone.install()
    assert result.code == 5 and "TLS handshake failed before a certificate came" in result.err


def test_tls_server_name_decides_which_name_is_wanted(lone, pki):
    lone["a"].server.tls = tls_context(pki.ca.server("named", names=("api.example",)))
    lone.entries["a"]["tls-server-name"] = "api.example"
    assert lone.install().code == 0


def test_localhost_is_reached_though_its_first_address_refuses(lone):
    """F13: ::1 comes first, and only 127.0.0.1 listens."""
    lone.entries["a"]["server"] = lone["a"].url.replace("127.0.0.1", "localhost")
    assert lone.install().code == 0


def client_user(pair):
    def data(text):
        return base64.b64encode(text.encode()).decode()

    return {"client-certificate-data": data(pair.pem), "client-key-data": data(pair.key_pem)}


def test_a_client_certificate_is_enough_to_log_in(lone, pki):
    lone["a"].server.tls.verify_mode = ssl.CERT_REQUIRED
    lone.users["a"] = client_user(pki.ca.client("operator"))
    assert lone.install().code == 0
    assert all("authorization" not in request.headers for request in lone["a"].server.requests)


def test_a_client_certificate_that_the_server_refuses_is_told_at_once(lone, pki):
    """F11: in TLS 1.3 the refusal comes after the handshake, looking like any connection that broke."""
    lone["a"].server.tls.verify_mode = ssl.CERT_REQUIRED
    lone.users["a"] = client_user(pki.stranger.client("operator"))
    result = lone.install()
    assert result.code == 5 and "the server ended TLS" in result.err and "log in again" in result.err
    assert lone["a"].server.connections == 1


def test_a_client_certificate_that_is_none_is_told_without_a_connection(lone):
    lone.users["a"] = {name: base64.b64encode(b"nonsense").decode() for name in ("client-certificate-data", "client-key-data")}
    result = lone.install()
    assert result.code == 5 and "client certificate" in result.err and lone["a"].server.connections == 0


def test_an_error_does_not_show_the_token(lone, pki):
    lone["a"].server.tls = tls_context(forged(pki))
    assert TOKEN not in lone.install("-v", "8").said


UNVERIFIED = "is not sent to a server whose certificate is not verified"


def test_no_secret_is_sent_to_a_server_that_is_not_verified(world):
    """SECURITY.md: whatever writes a Secret, the flag of an earlier run does not count for this one."""
    verified = dict(world.entries["a"])
    world.entries["a"] = {"server": world["a"].url, "insecure-skip-tls-verify": True}
    both = ("--contexts", world.contexts)

    def refused(*words):
        world.forget()
        result = world.run(*words, "--yes")
        assert result.code == 4 and f"a: Secret istio-system/cacerts {UNVERIFIED}" in result.err and "--allow-insecure-tls" in result.err, result.said
        assert "b: Secret" not in result.err and world.writes() == [], result.said

    refused("certs", "install", *both)
    assert world.run("certs", "install", *both, "--yes", "--allow-insecure-tls").code == 0
    refused("certs", "rotate", "--intermediate", *both)
    world.entries["a"] = verified
    assert world.run("certs", "rotate", "--intermediate", *both, "--yes").code == 0
    world.entries["a"] = {"server": world["a"].url, "insecure-skip-tls-verify": True}
    refused("undo")  # which gives the Secret its former values
    assert world.run("undo", "--yes", "--allow-insecure-tls").code == 0


def test_what_is_no_secret_is_sent_to_a_server_that_is_not_verified(world):
    """With the warning that there is about it anyway."""
    assert world.install().code == 0
    world.entries["a"] = {"server": world["a"].url, "insecure-skip-tls-verify": True}
    result = world.run("certs", "remove", "--contexts", world.contexts, "--yes")
    assert result.code == 0 and "is NOT verified" in result.err and UNVERIFIED not in result.said, result.said
