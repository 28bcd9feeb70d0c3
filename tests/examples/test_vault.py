"""examples/vault against a stand-in that answers as Vault's documented API does. Nothing here says how the real Vault behaves."""

import pytest

import authority
from conftest import built, judged, operator, refused, secret_file, words_of
from flow import BOTH
from vaultserver import ROLE, SECRET, TOKEN, Vault, serve


@pytest.fixture(scope="module")
def company():
    return authority.root("Acme Root")


@pytest.fixture()
def vault(company, tmp_path):
    made = Vault(company.sub("Acme Mesh Issuer", 1), company)
    server, made.address = serve(made, *company.server().write(tmp_path, "vault"))
    yield made
    server.shutdown()


@pytest.fixture(scope="module")
def plugin():
    return built("vault")


@pytest.fixture()
def mesh(tmp_path, plugin, company):
    made = operator(tmp_path / "home", plugin)
    for name, text in {".vault-token": TOKEN, ".vault/secret-id": SECRET, ".vault/old-token": "hvs.old", ".vault/ca.pem": company.pem}.items():
        secret_file(made.home / name, text)
    return made


@pytest.fixture()
def settings(vault):
    return {"address": vault.address, "ca-cert": "~/.vault/ca.pem"}


@pytest.mark.parametrize("login", [{}, {"role-id": ROLE, "secret-id-file": "~/.vault/secret-id"}], ids=["token", "AppRole"])
def test_two_clusters_get_intermediates_from_it(mesh, clusters, settings, tmp_path, login):
    mesh("certs", "install", *words_of("vault", {**settings, **login}), "--yes")
    for files in judged(clusters, tmp_path, "Acme Mesh Issuer"):
        assert files["cert-chain.pem"].count("BEGIN") == 2
    mesh("certs", "verify", "--contexts", BOTH)


def test_they_are_renewed_before_they_end(mesh, clusters, settings, tmp_path):
    words = words_of("vault", settings)
    mesh("certs", "install", *words, "--validity", "3d", "--yes")
    mesh("certs", "verify", "--contexts", BOTH, expect=1)
    mesh("certs", "rotate", "--intermediate", *words, "--yes")
    judged(clusters, tmp_path, "Acme Mesh Issuer")
    mesh("certs", "verify", "--contexts", BOTH)


REFUSALS = [
    ({"address": "https://127.0.0.1:1"}, 5, "does not answer"),
    ({"ca-cert": ""}, 5, "certificate"),
    ({"ca-cert": "~/.vault/secret-id"}, 2, "holds no certificate"),
    ({"mount": "pki-of-others"}, 4, "route entry not found"),
    ({"token-file": "~/.vault/old-token"}, 5, "permission denied"),
    ({"role-id": "somebody", "secret-id-file": "~/.vault/secret-id"}, 4, "invalid role or secret ID"),
    ({"role-id": ROLE}, 2, "half of one is missing"),
]


@pytest.mark.parametrize("change, status, says", REFUSALS, ids=[row[2] for row in REFUSALS])
def test_it_is_refused_and_nothing_is_written(mesh, clusters, settings, change, status, says):
    settings = {name: value for name, value in {**settings, **change}.items() if value}
    refused(mesh, clusters, words_of("vault", settings), status, says, TOKEN, SECRET, "hvs.old")


def test_more_than_it_allows_is_refused(mesh, clusters, settings):
    refused(mesh, clusters, [*words_of("vault", settings), "--validity", "2y"], 4, "beyond the expiration", TOKEN)


def test_a_sealed_vault_is_named(mesh, clusters, settings, vault):
    vault.sealed = True
    refused(mesh, clusters, words_of("vault", settings), 5, "Vault is sealed", TOKEN)


def test_an_issuer_whose_root_vault_does_not_know_is_refused(mesh, clusters, settings, vault):
    vault.chain = vault.chain[:1]
    refused(mesh, clusters, words_of("vault", settings), 4, "does not know the root", TOKEN)
