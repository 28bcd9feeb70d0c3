"""docs/plugins/authors.md, "Secrets": the value of a secret setting is in no text that leaves the host.

The plugin `leaky` (tests/abi/leaky.cpp) gets one and shows it where LC_NAME says."""

import base64
import html
import json
import os
import urllib.parse
from pathlib import Path

import pytest

PLUGIN = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins/leaky.so"
VALUE = "canary-setting-4d1f+"
SET = ("--set", "token=env:LEAKY_TOKEN")


def forms(value):
    """As it is, percent-encoded, and in base64 at each alignment, without the characters that depend on what is beside it."""
    shifted = [base64.b64encode(b"x" * shift + value.encode()).decode().rstrip("=")[4 if shift else 0 : -2] for shift in range(3)]
    return [value, urllib.parse.quote(value, safe=""), *shifted]


@pytest.fixture()
def leaky(world):
    assert world.run("plugin", "install", PLUGIN, "--trust", "--yes").code == 0

    def run(*words, place=""):
        world.extra_env = {"LC_NAME": place, "LEAKY_TOKEN": VALUE, "KUBECTL_MESH_RECORD": str(world.folder / "run.jsonl")}
        return world.run(*words)

    return run


def texts_of(world, result):
    """All that left the host: what was printed, and every file but the stored one, the plugin and its own clusters' Secrets."""
    texts = {"stdout": result.out, "stderr": result.err}
    for path in [*world.home.rglob("*"), *world.folder.rglob("*")]:
        if path.is_file() and path.suffix != ".so":
            texts[str(path)] = path.read_text(errors="replace")
    return texts


def shows_nothing(world, result, but=()):
    for where, text in texts_of(world, result).items():
        if any(where.endswith(name) for name in but):
            continue
        for form in forms(VALUE):
            assert form not in text, f"{where} has {form}"


# What a verb says, in each way that there is to say something.
SAID = [
    (("leaky", "show"), place) for place in ("log", "progress", "problem", "usage", "row", "row-encoded", "member")
] + [
    (("leaky", "make", "--yes"), place) for place in ("title", "plan-note", "next", "log", "progress", "problem")
]


@pytest.mark.parametrize("output", [(), ("-o", "json"), ("-o", "yaml")])
@pytest.mark.parametrize("words, place", SAID)
def test_it_is_masked_in_what_a_plugin_says(world, leaky, words, place, output):
    result = leaky(*words, "--contexts", "a", "-v", "9", *SET, *output, place=place)
    # In the recording, which every run has here, and in what was said.
    assert "<masked>" in (world.folder / "run.jsonl").read_text()
    shows_nothing(world, result)


@pytest.mark.parametrize("place, words", [("evidence", ("verify", "--only", "leaky")), ("evidence", ("verify", "--only", "leaky", "-o", "json")),
                                          ("evidence", ("verify", "--only", "leaky", "-o", "junit")),
                                          ("overview", ("status",)), ("overview", ("status", "-o", "json")), ("overview", ("init",))])
def test_it_is_masked_in_checks_and_overviews(world, leaky, place, words):
    (world.folder / "mesh.yaml").write_text("clusters: [{context: a}]\nleaky: {token: 'env:LEAKY_TOKEN'}\n")
    source = ("--contexts", "a") if words == ("init",) else ("-f", "mesh.yaml")
    result = leaky(*words, *source, place=place)
    if words != ("init",):
        assert "<masked>" in html.unescape(result.out), result.said
    shows_nothing(world, result)


@pytest.mark.parametrize("place, pointer", [
    ("config", "/actions/0/object/data/t"), ("config-encoded", "/actions/0/object/data/t"), ("config-edit", "/actions/0/patch/0/value"),
    ("secret-name", "/actions/0/object/data/<masked>"), ("secret-label", "/actions/0/object/metadata/labels/t"),
    ("secret-note", "/actions/0/patch/0/value"), ("file-name", "/actions/0/file/name"), ("argument", "/actions/0/arguments/0"),
    ("reason", "/actions/0/reason")])
@pytest.mark.parametrize("way", [("--yes",), ("--dry-run=client", "-o", "yaml"), ("--output-dir", "tree")])
def test_an_action_that_holds_it_elsewhere_is_refused_with_its_place(world, leaky, place, pointer, way):
    result = leaky("leaky", "make", "--contexts", "a", *SET, *way, place=place)
    assert result.code == 7 and f"put the value of a secret setting at {pointer} of its plan" in result.said, result.said
    assert "plugin leaky-plugin 1.0.0" in result.said
    assert world["a"].kube.get("default", "configmaps", "leak") is None and world["a"].kube.get("default", "secrets", "leak") is None
    shows_nothing(world, result)


@pytest.mark.parametrize("place", ["secret", "secret-text"])
def test_a_secret_gets_it_and_nothing_shows_it(world, leaky, place):
    shown = leaky("leaky", "make", "--contexts", "a", *SET, "--diff", place=place)
    shows_nothing(world, shown)
    tree = leaky("leaky", "make", "--contexts", "a", *SET, "--output-dir", "tree", place=place)
    assert tree.code == 0, tree.said
    shows_nothing(world, tree)
    made = leaky("leaky", "make", "--contexts", "a", *SET, "--yes", "-v", "9", place=place)
    assert made.code == 0, made.said
    shows_nothing(world, made)
    data = world["a"].kube.get("default", "secrets", "leak")
    assert VALUE in json.dumps(data) or base64.b64encode(VALUE.encode()).decode() in json.dumps(data)


def test_a_plugin_passes_its_value_on_and_no_reference_of_its_own(world, leaky):
    passed = leaky("leaky", "show", "--contexts", "a", *SET, place="value-to-another")
    assert passed.code == 0 and f'{{"length":{len(VALUE)}}}' in passed.out, passed.said
    for place in ("own-reference", "reference-of-another"):
        refused = leaky("leaky", "show", "--contexts", "a", *SET, place=place)
        assert refused.code == 4, refused.said
        assert 'the setting "token" of test/1:leaky is a reference to a secret that the operator did not write for it' in refused.said


def test_a_stored_file_gets_it(world, leaky):
    made = leaky("leaky", "make", "--contexts", "a", *SET, "--yes", place="file")
    assert made.code == 0, made.said
    stored, = world.home.rglob("leaky-plugin/token")
    assert stored.read_text() == VALUE and stored.stat().st_mode & 0o777 == 0o600
    shows_nothing(world, made, but=("leaky-plugin/token",))


def test_a_file_counts_from_mesh_yaml_and_is_private(world, leaky):
    (world.folder / "deep").mkdir()
    file = world.folder / "deep/token"
    file.write_text(VALUE + "\n")
    (world.folder / "deep/mesh.yaml").write_text("clusters: [{context: a}]\nleaky: {others: {x: 'file:token'}}\n")
    file.chmod(0o600)
    result = leaky("leaky", "show", "-f", "deep/mesh.yaml", place="row")
    assert result.code == 0 and "<masked>" in result.out, result.said
    file.chmod(0o640)
    refused = leaky("leaky", "show", "-f", "deep/mesh.yaml", place="row")
    assert refused.code == 2 and 'the setting "others.x" of command/1:leaky' in refused.said and "by others" in refused.said


@pytest.mark.parametrize("section, place", [
    ("{token: raw-value-4711}", "mesh.yaml:2:"), ("{token: 47114711}", "mesh.yaml:2:"), ("{others: {x: raw-value-4711}}", "mesh.yaml:2:"),
    ("{list: [raw-value-4711]}", "mesh.yaml:2:"), ("{token: {a: raw-value-4711}}", "mesh.yaml:2:")])
@pytest.mark.parametrize("output", [(), ("-o", "json")])
def test_a_value_in_mesh_yaml_is_refused_and_not_repeated(world, leaky, section, place, output):
    (world.folder / "mesh.yaml").write_text(f"clusters: [{{context: a}}]\nleaky: {section}\n")
    result = leaky("leaky", "show", "-f", "mesh.yaml", *output)
    assert result.code == 2 and place in result.said and "takes no value" in result.said and "env:NAME" in result.said, result.said
    assert "4711" not in result.said


@pytest.mark.parametrize("value", ["raw-value-4711", "ENV:4711", "env:", "file:", "env:no-4711", ""])
def test_a_value_in_a_flag_is_refused_and_not_repeated(world, leaky, value):
    result = leaky("leaky", "show", "--contexts", "a", "--set", f"token={value}")
    assert result.code == 2 and 'the setting "token" of leaky is a secret and takes no value' in result.said, result.said
    assert "4711" not in result.said and not (world.folder / "run.jsonl").exists()


def test_a_value_for_a_strategy_is_refused_before_its_concern_gets_it(world, leaky):
    result = leaky("certs", "install", "--contexts", "a", "--strategy", "leaky", "--set", "token=raw-value-4711", "--yes")
    assert result.code == 2 and 'the setting "token" of certs is a secret and takes no value' in result.said, result.said
    assert "4711" not in result.said and not (world.folder / "run.jsonl").exists()


def test_a_variable_that_is_not_set_and_a_value_that_cannot_be_masked_are_refused(world, leaky):
    result = leaky("leaky", "show", "--contexts", "a", "--set", "token=env:NOT_SET")
    assert result.code == 2 and "the environment variable NOT_SET is not set" in result.said
    (world.folder / "short").write_text("4711471")
    (world.folder / "short").chmod(0o600)
    result = leaky("leaky", "show", "--contexts", "a", "--set", "token=file:short")
    assert result.code == 2 and "not one printable line of 8 to 4096 bytes" in result.said and "4711" not in result.said


def test_info_and_help_show_that_it_is_a_secret(world, leaky):
    shown = leaky("plugin", "info", "leaky-plugin").out
    assert "command/1:leaky token (secret: env:NAME or file:PATH): token of the server" in shown
    assert "command/1:leaky list (list of secret: env:NAME or file:PATH): further tokens" in shown
    told = leaky("leaky", "show", "--help").out
    assert "secret: env:NAME or file:PATH: token of the server\n" in told


def test_a_strategy_gets_its_secret_from_the_section_of_its_concern(world, leaky):
    result = leaky("certs", "install", "--contexts", "a", "--strategy", "leaky", *SET, "--yes", place="problem")
    assert "no <masked>" in result.said, result.said
    shows_nothing(world, result)
