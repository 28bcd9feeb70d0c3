"""`plugin install --signature --key`: what authors sign with their own tools is accepted, and nothing else is unpacked or run."""

import base64
import hashlib
import subprocess

import pytest

from test_plugins import LIBRARY, MANIFEST, archive, mesh  # noqa: F401: a fixture

OPENSSL = {"ed25519": ("ED25519",), "p256": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"), "p384": ("EC", "-pkeyopt", "ec_paramgen_curve:P-384")}
SSH = {"ssh-ed25519": ("ed25519",), "ssh-p256": ("ecdsa", "-b", "256"), "ssh-p521": ("ecdsa", "-b", "521")}
KINDS = [*OPENSSL, *SSH]


def run(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


def make_key(folder, kind, name="author"):
    """The file of the public key; the private one is beside it."""
    key = folder / name
    if kind in SSH:
        run("ssh-keygen", "-q", "-N", "", "-t", *SSH[kind], "-f", key)
        return folder / f"{name}.pub"
    run("openssl", "genpkey", "-algorithm", *OPENSSL[kind], "-out", key)
    run("openssl", "pkey", "-in", key, "-pubout", "-out", folder / f"{name}.pub")
    return folder / f"{name}.pub"


def sign(file, kind, key, namespace="file"):
    made = file.with_name(file.name + ".sig")
    made.unlink(missing_ok=True)
    if kind in SSH:
        run("ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key.with_suffix(""), file)
    elif kind == "ed25519":
        run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key.with_suffix(""), "-in", file, "-out", made)
    else:
        run("openssl", "dgst", "-sha256", "-sign", key.with_suffix(""), "-out", made, file)
    return made


@pytest.fixture()
def packed(tmp_path):
    return archive(tmp_path, ("corp-ca.so", LIBRARY), ("corp-ca.json", MANIFEST))


def install(mesh, file, signature, key, expect=0):  # noqa: F811
    return mesh("plugin", "install", file, "--signature", signature, "--key", key, expect=expect)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_pinned_key_signed_is_installed(mesh, packed, tmp_path, kind):  # noqa: F811
    key = make_key(tmp_path, kind)
    install(mesh, packed, sign(packed, kind, key), key)
    assert mesh.installed() == ["corp-ca.json", "corp-ca.so"] and mesh.card("corp-ca")["trust"] == "not trusted"


@pytest.mark.parametrize("kind", KINDS)
def test_other_bytes_and_other_keys_are_refused(mesh, packed, tmp_path, kind):  # noqa: F811
    key, other = make_key(tmp_path, kind), make_key(tmp_path, kind, "other")
    signature = sign(packed, kind, key)
    assert "was not made over these bytes" in install(mesh, packed, signature, other, expect=4).stderr
    packed.write_bytes(packed.read_bytes() + b"\0")
    assert "nothing was installed" in install(mesh, packed, signature, key, expect=4).stderr
    assert mesh.installed() == []


def test_a_broken_archive_is_not_unpacked_before_its_signature_was_judged(mesh, tmp_path):  # noqa: F811
    key, broken = make_key(tmp_path, "ed25519"), tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no archive")
    (tmp_path / "bad.sig").write_bytes(bytes(64))
    assert "signature" in install(mesh, broken, tmp_path / "bad.sig", key, expect=4).stderr
    assert "no whole .tar.gz" in install(mesh, broken, sign(broken, "ed25519", key), key, expect=2).stderr


def test_a_library_a_base64_signature_and_a_file_of_several_keys_do_as_well(mesh, tmp_path):  # noqa: F811
    library = tmp_path / "corp-ca.so"
    library.write_bytes(LIBRARY.read_bytes())
    ours, theirs = make_key(tmp_path, "p256"), make_key(tmp_path, "ssh-ed25519", "theirs")
    keys = tmp_path / "allowed_signers"
    keys.write_text("# pinned in 2026\npki@acme.example namespaces=\"file\" " + theirs.read_text() + ours.read_text())
    install(mesh, library, sign(library, "ssh-ed25519", theirs), keys)
    signature = sign(library, "p256", ours)
    signature.write_bytes(base64.encodebytes(signature.read_bytes()))
    install(mesh, library, signature, keys)


@pytest.mark.parametrize("option", ['namespaces="git"', 'valid-before="20200101"', "cert-authority", 'namespaces="profile,git"'])
def test_a_key_that_the_operator_narrowed_is_not_good_for_all(mesh, packed, tmp_path, option):  # noqa: F811
    key = make_key(tmp_path, "ssh-ed25519")
    keys = tmp_path / "allowed_signers"
    keys.write_text(f"pki@acme.example {option} " + key.read_text())
    assert "no public key" in install(mesh, packed, sign(packed, "ssh-ed25519", key), keys, expect=2).stderr


def test_a_signature_for_another_purpose_is_refused(mesh, packed, tmp_path):  # noqa: F811
    key = make_key(tmp_path, "ssh-ed25519")
    assert "ssh-keygen -Y sign -n file" in install(mesh, packed, sign(packed, "ssh-ed25519", key, "git"), key, expect=4).stderr


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 4096])
def test_bytes_that_are_no_signature_are_refused(mesh, packed, tmp_path, size):  # noqa: F811
    key, noise = make_key(tmp_path, "ed25519"), tmp_path / "noise.sig"
    noise.write_bytes(hashlib.shake_256(b"noise").digest(size))
    install(mesh, packed, noise, key, expect=4)
    noise.write_text("-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(b"SSHSIG" + noise.read_bytes()).decode() + "\n-----END SSH SIGNATURE-----\n")
    install(mesh, packed, noise, key, expect=4)
    assert mesh.installed() == []


def test_keys_that_are_none_and_half_a_pair_of_flags_are_bad_input(mesh, packed, tmp_path):  # noqa: F811
    run("openssl", "genpkey", "-algorithm", "RSA", "-out", tmp_path / "rsa")
    run("openssl", "pkey", "-in", tmp_path / "rsa", "-pubout", "-out", tmp_path / "rsa.pub")
    signature = tmp_path / "some.sig"
    signature.write_bytes(bytes(64))
    (tmp_path / "no-key").write_bytes(bytes(range(256)))
    for file in (tmp_path / "rsa.pub", tmp_path / "no-key"):
        assert "no public key of Ed25519 or ECDSA" in install(mesh, packed, signature, file, expect=2).stderr
    assert "given together" in mesh("plugin", "install", packed, "--signature", signature, expect=2).stderr
    assert "given together" in mesh("plugin", "install", packed, "--key", tmp_path / "rsa.pub", expect=2).stderr
