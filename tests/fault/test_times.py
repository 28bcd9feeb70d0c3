"""docs/plugins/reference.md, "Times and durations": what -o json and -o yaml print has them as documents of plugins have."""

import json
import re
from pathlib import Path

import pytest

TIME = re.compile(json.loads((Path(__file__).parents[2] / "sdk/schemas/time.json").read_text())["definitions"]["time"]["pattern"])
BEGINS_WITH_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# The words that name a moment, and those for which a number has no unit.
MOMENT = re.compile(r"^(started|ended|.*(Time|At|Before|After))$")
BARE_DURATION = re.compile(r"(?i)(millis|minutes|hours|timeout|duration|validity|age)$")


def fields(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from fields(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, name)
    else:
        yield name, value


@pytest.fixture()
def installed(world):
    assert world.install().code == 0
    return world


@pytest.mark.parametrize("arguments, moments", [
    (["certs", "show"], {"notBefore", "notAfter"}),
    (["undo", "--list"], {"started"}),
    (["status"], set()),
    (["certs", "verify"], set()),
    (["certs", "rotate", "--intermediate", "--dry-run=client"], set())])
def test_moments_are_rfc_3339_in_utc_and_numbers_have_units(installed, arguments, moments):
    contexts = [] if arguments[0] == "undo" else ["--contexts", installed.contexts]
    result = installed.run(*arguments, *contexts, "-o", "json")
    found = list(fields(json.loads(result.out)))
    assert moments <= {name for name, value in found if value}
    for name, value in found:
        if isinstance(value, str) and value and (BEGINS_WITH_A_DATE.match(value) or MOMENT.match(name)):
            assert TIME.match(value), f"{name}: {value}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            assert not MOMENT.match(name) and not BARE_DURATION.search(name), f"{name}: {value}"
