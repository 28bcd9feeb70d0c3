"""The kit judged by itself: a plugin that keeps every rule, and for each rule one that breaks just that one."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["MESH_BUILD"])
BINARY = BUILD / "bin" / "kubectl-mesh"
MUTANTS = BUILD / "tests" / "conformance"
MARKS = b"@" * 47
# Of the mutant's one secret setting.
SECRET = ("--set", "token=env:MUTANT_TOKEN")


@pytest.fixture(scope="session")
def check(tmp_path_factory):
    subprocess.run(["cmake", "--build", BUILD, "--target", "mutant", "mutant_open"], check=True, stdout=subprocess.DEVNULL)
    home = tmp_path_factory.mktemp("home")

    def run(*words, code=None):
        result = subprocess.run([BINARY, "plugin", "check", *words], env={"PATH": os.environ["PATH"], "HOME": str(home), "MUTANT_TOKEN": "correct-horse-battery"},
                                capture_output=True, text=True, timeout=300)
        assert code is None or result.returncode == code, result.stdout + result.stderr
        return result

    return run


def findings(result) -> dict:
    return {item["id"]: item for item in json.loads(result.stdout)["items"]}


def mutant(folder: Path, rule: str) -> Path:
    """The library with the rule's id where its marks are; its manifest beside it."""
    source = "mutant_open.so" if rule == "library/one-symbol" else "mutant.so"
    library = folder / "mutant.so"
    library.write_bytes((MUTANTS / source).read_bytes().replace(MARKS, rule.encode().ljust(len(MARKS), b"\0")))
    made = subprocess.run([BINARY, "__manifest", library], capture_output=True)
    if made.returncode == 0:
        text = made.stdout.replace(b"what the kit finds", b"another") if rule == "manifest/beside" else made.stdout
        library.with_suffix(".json").write_bytes(text)
    return library


@pytest.fixture(scope="session")
def rules(check, tmp_path_factory):
    """Every rule, as the kit itself lists them on a plugin that keeps all."""
    found = findings(check(mutant(tmp_path_factory.mktemp("good"), ""), *SECRET, "-o", "json", code=0))
    assert {item["severity"] for item in found.values()} == {"pass"}, [item for item in found.values() if item["severity"] != "pass"]
    return found


def documented() -> list:
    return re.findall(r"^\| `([a-z0-9-]+/[a-z0-9-]+)` \|", (ROOT / "docs/plugins/conformance.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("rule", documented())
def test_each_rule_finds_the_plugin_that_breaks_it_and_no_other_does(check, tmp_path, rule):
    found = findings(check(mutant(tmp_path, rule), *SECRET, "-o", "json", code=1))
    assert [item["id"] for item in found.values() if item["severity"] == "failure"] == [rule]
    assert found[rule]["evidence"] and found[rule]["fix"]


@pytest.mark.parametrize("way", [
    "plan/stores+folder", "plan/stores+parent", "plan/stores+relative", "plan/stores+owner", "plan/stores+hidden",
    "ca/names+alternative", "command/announced+kind", "documents/secrets+progress", "documents/secrets+note", "documents/secrets+setting",
    "surroundings/signals+go-ignored", "surroundings/umask+go"])
def test_a_rule_finds_each_way_to_break_it(check, tmp_path, way):
    found = findings(check(mutant(tmp_path, way), *SECRET, "-o", "json", code=1))
    assert [item["id"] for item in found.values() if item["severity"] == "failure"] == [way.split("+")[0]]


def test_a_certificate_for_another_cluster_is_found_by_key_and_names(check, tmp_path):
    found = findings(check(mutant(tmp_path, "ca/key+other-cluster"), "-o", "json", code=1))
    assert [item["id"] for item in found.values() if item["severity"] == "failure"] == ["ca/key", "ca/names"]


@pytest.mark.parametrize("output, shown", [
    ("json", '"exception": "Go\'s run time has a handler for each signal'), ("junit", '<skipped message="exception of the language go: '),
    ("table", "exception of the language go: "), ("yaml", "exception: ")])
def test_what_a_language_cannot_keep_is_shown_as_an_exception(check, tmp_path, output, shown):
    text = check(mutant(tmp_path, "surroundings/signals+go"), *([] if output == "table" else ["-o", output]), code=0).stdout
    assert shown in text and "<failure" not in text
    if output == "json":
        rows = [item for item in json.loads(text)["items"] if item["severity"] != "pass"]
        assert [(row["id"], row["severity"]) for row in rows] == [("surroundings/signals", "warning")]


def test_the_document_has_a_row_for_each_exception():
    source = (ROOT / "kubectl-mesh/conformance/exceptions.cpp").read_text()
    rows = re.findall(r'\{"([a-z]+)", "([a-z-]+/[a-z-]+)",\s+"([^"]+)"', source)
    table = re.findall(r"^\| ([a-z]+) \| `([a-z-]+/[a-z-]+)` \| (.*) \|$", (ROOT / "docs/plugins/conformance.md").read_text(), re.MULTILINE)
    assert rows and rows == table


def test_what_waits_for_an_approval_is_skipped(check, tmp_path):
    found = findings(check(mutant(tmp_path, "pending/always"), "-o", "json", code=0))
    assert {item["severity"] for item in found.values()} == {"pass", "skipped"}, [item for item in found.values() if item["severity"] == "failure"]
    assert found["ca/path-length"]["evidence"].endswith("waits: ticket 4711 waits for the PKI team")


def test_the_document_has_a_row_for_each_rule(rules):
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", (ROOT / "docs/plugins/conformance.md").read_text(), re.MULTILINE))
    assert rows == {rule: f"{item['title']} | {item['protects']}" for rule, item in rules.items()}


def test_junit_has_a_case_for_each_rule(check, rules, tmp_path):
    text = check(mutant(tmp_path, "ca/key"), "-o", "junit", code=1).stdout
    assert text.count("<testcase") == len(rules) and text.count("<failure") == 1
    assert 'name="mutant 1.0.0"' in text


@pytest.mark.parametrize("content, said", [(b"no library", "is no ELF file"), (b"\x7fELF" + b"\1" * 60, "is built for another machine")])
def test_what_is_no_library_is_bad_input(check, tmp_path, content, said):
    (tmp_path / "bad.so").write_bytes(content)
    assert said in check(tmp_path / "bad.so", code=2).stderr


def test_a_file_that_is_not_there_is_bad_input(check):
    check("./nothing.so", code=2)
    check("nobody", code=2)
