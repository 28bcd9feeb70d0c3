"""Every plugin of ours, and those of strangers in sdk/examples, keep the contract."""

import datetime
import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BUILD = Path(os.environ["MESH_BUILD"])
BUNDLED = sorted(file.stem for file in (BUILD / "lib/kubectl-mesh/plugins").glob("*.so"))
EXAMPLES = sorted(file.stem for file in (BUILD / "examples").glob("*.so"))
SANITIZERS = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


def check(tmp_path, *words):
    env = {**SANITIZERS, "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    result = subprocess.run([BUILD / "bin/kubectl-mesh", "plugin", "check", *words], env=env, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def company_root(folder: Path) -> list:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Corp Root")])
    now = datetime.datetime.utcnow()
    root = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=100))
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False).sign(key, hashes.SHA256()))
    (folder / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return ["--set", f"root-cert={folder}/root.pem", "--set", f"root-key={folder}/key.pem"]


@pytest.mark.parametrize("name", BUNDLED)
def test_a_plugin_of_ours_keeps_the_contract(tmp_path, name):
    check(tmp_path, name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_plugin_of_a_stranger_keeps_the_contract(tmp_path, name):
    settings = {"corp-ca": company_root(tmp_path), "corp-dns": ["--set", "config-map=corp-dns/zones"]}
    said = check(tmp_path, BUILD / "examples" / f"{name}.so", *settings.get(name, []))
    assert "is not asked" not in said


@pytest.mark.parametrize("given, missing", [((), "root-cert, root-key"), (("--set", "root-cert=/root.pem"), "root-key")])
def test_without_the_settings_that_it_requires_it_is_not_checked_and_they_are_named(tmp_path, given, missing):
    words = [BUILD / "bin/kubectl-mesh", "plugin", "check", BUILD / "examples/corp-ca.so", *given]
    result = subprocess.run(words, capture_output=True, text=True, env={**SANITIZERS, "PATH": os.environ["PATH"], "HOME": str(tmp_path)}, timeout=60)
    assert result.returncode == 2 and result.stdout == "", result.stdout + result.stderr
    assert f"ca/1:corp-ca cannot be checked without the settings that it requires: {missing}\n" in result.stderr
    assert "--set root-key=VALUE" in result.stderr


@pytest.mark.parametrize("text, said", [("kind: ConfigMap\n", "objects.yaml holds something that is no object of a cluster"),
                                        ("a: 1\n---\nb: [\n", "objects.yaml:4:")])
def test_objects_that_are_none_are_named(tmp_path, text, said):
    (tmp_path / "objects.yaml").write_text(text)
    result = subprocess.run([BUILD / "bin/kubectl-mesh", "plugin", "check", "verify", "--objects", tmp_path / "objects.yaml"],
                            env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and said in result.stderr
