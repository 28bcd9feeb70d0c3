"""What holds for all of sdk/schemas, and for the documents of the SDKs that are made from them."""

import json
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {path.name: json.loads(path.read_text()) for path in sorted((ROOT / "sdk/schemas").glob("*.json"))}


def properties(schema, place=""):
    """Each property of each object, however deep: its place, name and schema."""
    if isinstance(schema, list):
        for at, inner in enumerate(schema):
            yield from properties(inner, f"{place}/{at}")
    if isinstance(schema, dict):
        named = schema.get("properties", {})
        for name, inner in named.items() if isinstance(named, dict) else ():
            yield f"{place}/{name}", name, inner
        for key, inner in schema.items():
            yield from properties(inner, f"{place}/{key}")


ALL = [(f"{file}{place}", name, schema) for file, document in SCHEMAS.items() for place, name, schema in properties(document)]


def is_open(schema):
    return isinstance(schema, dict) and schema.get("additionalProperties") is True


OPEN = [(place, name, schema) for place, name, schema in ALL if is_open(schema) or is_open(schema.get("items"))]


def test_rows_of_an_overview_are_open():
    assert any(place.endswith("/rows") and place.startswith("overview.json") for place, _, _ in OPEN)


@pytest.mark.parametrize("place, name, schema", OPEN, ids=[place for place, _, _ in OPEN])
def test_what_a_schema_leaves_open_is_a_map_in_each_sdk(place, name, schema):
    go, rust = (ROOT / "sdk/go/documents.go").read_text(), (ROOT / "sdk/rust/src/documents.rs").read_text()
    assert re.search(rf"^\t{name.capitalize()} +List\[map\[string\]any\] ", go, re.MULTILINE)
    assert re.search(rf"^    pub {name}: Vec<Map<String, Value>>,$", rust, re.MULTILINE)


RESERVED = {key: set(names["enum"]) for key, names in SCHEMAS["manifest.json"]["definitions"]["reserved"].items() if isinstance(names, dict)}
BUNDLED = [json.loads(path.read_text()) for path in (Path(os.environ["MESH_BUILD"]) / "lib/kubectl-mesh/plugins").glob("*.json")]
EXTENSIONS = [extension for manifest in BUNDLED for extension in manifest["provides"]]


def settings_of(extensions):
    return {name for extension in extensions for name in extension.get("settings", {}).get("properties", {})}


@pytest.mark.parametrize("point", sorted(key for key in RESERVED if "/" in key))
def test_settings_that_a_concern_takes_for_itself_are_reserved(point):
    """It describes those of the bundled strategies, too."""
    concerns = [one for one in EXTENSIONS if any(setting.get("x-point") == point for setting in one.get("settings", {}).get("properties", {}).values())]
    assert len(concerns) == 1
    assert RESERVED[point] == settings_of(concerns) - settings_of(one for one in EXTENSIONS if one["point"] == point)


def test_each_point_that_a_setting_chooses_has_a_list():
    chosen = {setting["x-point"] for one in EXTENSIONS for setting in one.get("settings", {}).get("properties", {}).values() if "x-point" in setting}
    assert chosen == {key for key in RESERVED if "/" in key}


def test_keys_of_mesh_yaml_that_are_no_section_are_reserved():
    keys = set(SCHEMAS["mesh-file.json"]["properties"]) - {one["name"] for one in EXTENSIONS if one["point"] == "command/1"}
    assert keys - {"apiVersion"} <= RESERVED["section"]


def test_the_reference_lists_each_reserved_name():
    page = (ROOT / "docs/plugins/reference.md").read_text().partition("## Reserved names")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([^`]+)`", page)) == set().union(*RESERVED.values())
