"""docs/development/faults.md names for each fault the tests that are there."""

import re
from pathlib import Path

from test_claims import TEST

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (F\d+) \| .+ \| .+ \| (.+) \|$", re.MULTILINE)
ROWS = dict(ROW.findall((ROOT / "docs/development/faults.md").read_text()))
NOT_HERE = {"F21"}


def test_each_number_has_a_row():
    assert set(ROWS) | NOT_HERE == {f"F{number}" for number in range(1, 44)}


def test_each_row_names_tests_that_are_there():
    missing = []
    for number, cell in ROWS.items():
        found = list(TEST.finditer(cell))
        for one in found:
            wanted = f"def {one['function']}(" if one["function"] else f'TEST_CASE("{one["title"]}"'
            if not (ROOT / one["file"]).exists() or wanted not in (ROOT / one["file"]).read_text():
                missing.append((number, one[0]))
        if TEST.sub("", cell).strip(", "):
            missing.append((number, cell))
    assert missing == []


def test_each_number_in_a_test_has_a_row():
    numbers = {found for path in (ROOT / "tests").rglob("test_*.py") if path.parent.name != "docs" for found in re.findall(r"\bF\d{1,2}\b", path.read_text())}
    assert numbers - set(ROWS) == set()
