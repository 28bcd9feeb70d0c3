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


# ---- times and durations: sdk/schemas/time.json

TIME_NAMES = {"time", "date", "moment", "at", "started", "ended", "changed", "created", "modified", "renewed", "expires", "expiry", "since", "timestamp"}
UNITS = {"seconds", "days"}
OTHER_DURATIONS = {"milliseconds", "millis", "ms", "minutes", "hours", "weeks", "months", "years", "duration", "timeout", "deadline", "interval", "period", "ttl", "lifetime", "validity", "age"}
TIME_PROSE = re.compile(r"since 1970|RFC 3339|\bmoment\b|\btimestamp\b|\bwhen it (?:was|is|started|ended)", re.IGNORECASE)
DURATION_PROSE = re.compile(r"\bhow long\b|\bduration\b|\btimeout\b|\bin (?:milliseconds|seconds|minutes|hours|days)\b", re.IGNORECASE)


def reference_of(schema):
    return next((part["$ref"] for part in [schema, *schema.get("allOf", [])] if "$ref" in part), "")


def fault_of(name, schema):
    """What is wrong with a field that is a time or a duration by its name or description; "" for any other field."""
    if not isinstance(schema, dict) or "enum" in schema or schema.get("type") in ("boolean", "array", "object"):
        return ""
    last, prose = re.findall(r"[A-Z]?[a-z]+", name)[-1].lower(), schema.get("description", "")
    reference = reference_of(schema)
    if last in OTHER_DURATIONS:
        return "a duration is an integer in seconds or days, with the unit at the end of its name"
    if last in UNITS or DURATION_PROSE.search(prose):
        return "" if last in UNITS and reference == f"time.json#/definitions/{last}" else "not a duration of time.json"
    if last in TIME_NAMES or re.search(r"not(Before|After)$", name) or TIME_PROSE.search(prose):
        return "" if reference == "time.json#/definitions/time" else "not the time of time.json"
    return ""


def fault_of_setting(name, setting):
    """What the operator writes is a text with its unit."""
    words = set(re.findall(r"[a-z]+", name))
    timed = words & (UNITS | OTHER_DURATIONS | {"wait"}) or DURATION_PROSE.search(setting.get("description", ""))
    return "" if not timed or (setting.get("type") == "string" and setting.get("format") == "duration") else "not a duration"


DOCUMENTED = [row for row in ALL if not row[0].startswith("time.json")]


@pytest.mark.parametrize("place, name, schema", DOCUMENTED, ids=[place for place, _, _ in DOCUMENTED])
def test_times_and_durations_are_those_of_time_json(place, name, schema):
    assert fault_of(name, schema) == ""


def test_every_definition_of_time_json_is_used():
    used = {reference_of(schema) for _, _, schema in DOCUMENTED if isinstance(schema, dict)}
    assert {f"time.json#/definitions/{name}" for name in SCHEMAS["time.json"]["definitions"]} <= used


@pytest.mark.parametrize("name, schema", [
    ("unixMillis", {"type": "integer", "description": "milliseconds since 1970-01-01 UTC"}),
    ("changed", {"type": "integer", "description": "seconds since 1970; 0: unknown"}),
    ("expires", {"type": "string"}),
    ("notAfter", {"type": "string", "format": "date-time"}),
    ("seconds", {"type": "integer", "minimum": 0}),
    ("waitSeconds", {"$ref": "time.json#/definitions/days"}),
    ("timeout", {"type": "string", "description": "90s"}),
    ("patience", {"type": "integer", "description": "how long it waits, in seconds"})])
def test_a_time_or_duration_of_another_shape_is_found(name, schema):
    assert fault_of(name, schema)


SETTINGS = [(extension["point"], extension["name"], name, setting) for extension in EXTENSIONS
            for _, name, setting in properties(extension.get("settings", {})) if isinstance(setting, dict)]


@pytest.mark.parametrize("point, extension, name, setting", SETTINGS, ids=[f"{point}:{extension}/{name}" for point, extension, name, _ in SETTINGS])
def test_durations_among_the_settings_say_so(point, extension, name, setting):
    assert fault_of_setting(name, setting) == ""


def test_a_setting_with_a_duration_of_another_shape_is_found():
    assert fault_of_setting("validity", {"type": "string"}) and fault_of_setting("wait-seconds", {"type": "integer"})
