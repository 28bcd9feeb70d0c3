"""docs/plugins/reference.md, "Problem codes": the list in sdk/schemas/problem.json is all that our own sources use, and they use all of it.

The page, the constants in C++, Go and Rust are made from it (tools/generate --check)."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODES = {row["const"] for row in json.loads((ROOT / "sdk/schemas/problem.json").read_text())["properties"]["code"]["oneOf"]}
FOLDERS = ("kubectl-mesh", "plugins", "sdk", "examples")
SUFFIXES = {".cpp", ".hpp", ".c", ".go", ".rs"}
MADE = {"problem_codes.hpp", "documents.go", "documents.rs"}
# Where a code is given to a problem.
GIVEN = re.compile(r'(?:\bFailure[({]|\.code = |\{\.code =|\bProblem::new\(|\bCode:)\s*"([a-z][a-z-]*)"')
# Rows of tables and arguments name some only by their word.
NAMED = re.compile(r'"([a-z][a-z-]*)"')


def texts():
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in SUFFIXES and path.name not in MADE:
                yield path, path.read_text()


def test_sources_give_no_other_code():
    found = {(path.name, code) for path, text in texts() for code in GIVEN.findall(text)}
    assert len(found) > 100
    assert {pair for pair in found if pair[1] not in CODES} == set()


def test_each_code_is_used_and_described():
    assert CODES - {code for _, text in texts() for code in NAMED.findall(text)} == set()
    page = (ROOT / "docs/plugins/reference.md").read_text().partition("## Problem codes")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| \d+ \| (.+) \|$", page, re.M))
    assert set(rows) == CODES and all(rows.values())
