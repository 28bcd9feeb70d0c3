"""docs/plugins/own-ca.md: what an authority may not issue is refused by the host, before anything is written, with plugin, cluster and rule.

The authority is the plugin by which the conformance tests are tested (tests/conformance/mutant_ca.cpp); it breaks the rule that a test names."""

import os
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ["MESH_BUILD"])
MARKS = b"@" * 47
RULES = ["ca/each-request", "ca/key", "ca/authority", "ca/path-length", "ca/names", "ca/dates", "ca/days", "ca/chain"]


@pytest.fixture(scope="module")
def library():
    subprocess.run(["cmake", "--build", BUILD, "--target", "mutant"], check=True, stdout=subprocess.DEVNULL)
    return (BUILD / "tests/conformance/mutant.so").read_bytes()


def authority(world, library, rule):
    broken = world.folder / "mutant.so"
    broken.write_bytes(library.replace(MARKS, rule.encode().ljust(len(MARKS), b"\0")))
    assert world.run("plugin", "install", broken, "--trust", "--yes").code == 0


@pytest.mark.parametrize("rule", RULES)
def test_a_certificate_that_breaks_a_rule_is_refused_and_nothing_is_written(world, library, rule):
    authority(world, library, rule)
    result = world.install("--strategy", "mutant")
    assert result.code == 4, result.said
    assert f"plugin mutant 1.0.0 issued for a what the contract of ca/1 forbids, {rule}: " in result.said
    assert result.said.count("error:") == 1 and "nothing was written" in result.said
    assert not world.writes() and not world.root_file.exists()


def test_one_that_keeps_all_rules_is_written(world, library):
    authority(world, library, "")
    assert world.install("--strategy", "mutant").code == 0
    assert len(world.writes()) > 0


def test_a_bundled_authority_is_held_to_the_same_rules(world):
    """Its root allows names of example.com only: the operator brought one that cannot work."""
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=Root",
                           "-keyout", world.folder / "key.pem", "-out", world.folder / "root.pem", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "nameConstraints=critical,permitted;DNS:example.com",
                           "-addext", "keyUsage=critical,keyCertSign,cRLSign"], capture_output=True)
    assert made.returncode == 0, made.stderr
    result = world.install("--strategy", "pem", "--set", "root-cert=root.pem", "--set", "root-key=key.pem")
    assert result.code == 4 and "for a what the contract of ca/1 forbids, ca/chain: " in result.said, result.said
    assert not world.writes()
