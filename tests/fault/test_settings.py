"""docs/plugins/authors.md, "Settings": where they come from, where they arrive, and what may not be one.

The plugin `tuned` (tests/abi/tuned.c) offers a check and nothing else; its finding shows the settings of its request."""

import json
import os
from pathlib import Path

import pytest

PLUGIN = Path(os.environ["MESH_BUILD"]) / "tests/abi/plugins/tuned.so"


@pytest.fixture()
def tuned(world):
    assert world.run("plugin", "install", PLUGIN, "--trust", "--yes").code == 0

    def verify(section, folder="."):
        place = world.folder / folder
        place.mkdir(exist_ok=True)
        (place / "mesh.yaml").write_text("clusters: [{context: a}]\n" + (f"tuned: {section}\n" if section else ""))
        result = world.run("verify", "-f", f"{folder}/mesh.yaml", "--only", "tuned", "-o", "json")
        result.rows = [item for item in json.loads(result.out).get("items", []) if item["id"] == "tuned/settings"] if result.out else []
        return result

    return verify


def test_a_check_without_a_concern_has_a_section_and_gets_it_in_its_request(tuned):
    result = tuned("{limit: 7}")
    assert result.code == 0, result.said
    assert result.rows[0]["settings"] == {"limit": 7}


def test_files_are_absolute_from_the_folder_of_mesh_yaml_on_and_can_be_read(world, tuned):
    rules = world.folder / "deep/rules.txt"
    rules.parent.mkdir()
    rules.write_text("x")
    here = str(world.folder / "deep")
    result = tuned("{limit: 1, rules: rules.txt, more: [a, /b], named: {c: ../d}, server: 'https://e/f'}", "deep")
    assert result.rows[0]["settings"] == {"limit": 1, "rules": str(rules), "more": [f"{here}/a", "/b"], "named": {"c": str(world.folder / "d")},
                                          "server": "https://e/f"}
    assert result.rows[0]["evidence"] == "read"


def test_a_misspelt_key_is_found_in_the_file(tuned):
    result = tuned("{limt: 7}")
    problem, = result.document()["problems"]
    assert result.code == 2 and problem["message"].endswith('mesh.yaml:2:9: unknown key "limt"') and 'mean "limit"' in problem["hint"]


@pytest.mark.parametrize("section", ["", "{limit: many}"])
def test_settings_that_do_not_fit_cost_the_rows_of_their_check(tuned, section):
    result = tuned(section)
    assert result.rows == [] and result.code == 2
    problem, = result.document()["problems"]
    assert "check tuned was not run" in problem["message"] and "the settings of check/1:tuned do not fit" in problem["message"]


def test_timeouts_are_shown_by_info(world, tuned):
    shown = world.run("plugin", "info", "tuned-plugin")
    assert shown.code == 0 and "Timeouts:  check/1:tuned run: 45 s\n" in shown.out
    card, = world.run("plugin", "info", "tuned-plugin", "-o", "json").document()["items"]
    assert card["timeouts"] == [{"of": "check/1:tuned", "verb": "run", "timeoutSeconds": 45, "text": "check/1:tuned run: 45 s"}]


def test_settings_are_shown_by_info_and_help(world, tuned):
    shown = world.run("plugin", "info", "tuned-plugin").out
    assert "check/1:tuned limit (integer, required, default 3): how many" in shown
    assert "check/1:tuned rules (path): file of rules" in shown and "check/1:tuned more (list of path): further files" in shown
    card = json.loads(world.run("plugin", "info", "tuned-plugin", "-o", "json").out)["items"][0]
    assert {"of": "check/1:tuned", "name": "limit", "type": "integer", "default": "3", "required": True} .items() <= card["settings"][0].items()
    told = world.run("certs", "install", "--help").out
    assert "Settings of certs in mesh.yaml, or --set:\n" in told and "name of ca/1: the authority that signs (default self-signed)" in told
    assert "Settings of certs in mesh.yaml, or --set, with strategy: pem:\n    ask-passphrase:\n" in told
    assert "path: PEM file of the root\n" in told


def test_set_counts_from_the_working_folder(world):
    result = world.run("certs", "install", "--contexts", world.contexts, "--strategy", "pem", "--set", "folder=nowhere", "--yes")
    assert result.code != 0 and f"{world.folder}/nowhere/a" in result.said


def test_a_check_is_no_concern_to_skip(world, tuned):
    (world.folder / "mesh.yaml").write_text("clusters: [{context: a}]\nskip: [tuned]\n")
    result = world.run("plan", "-f", "mesh.yaml")
    assert result.code == 2 and 'there is no concern "tuned"' in result.said
