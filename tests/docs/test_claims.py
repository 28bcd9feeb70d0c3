"""Every promise of the pages has a test: docs/development/claims.md is compared with the pages and with the tests."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ROOT / "docs" / "development" / "claims.md"
PAGES = ["README.md", "SECURITY.md", *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs" / "concerns").glob("*.md")))]
# What a promise sounds like. A heading of a table's column ("undone by") is none.
PROMISE = re.compile(r"(?<!kubeadm upgrade` )refuse[sd]\b|taken? back|\b[Uu]ndo:|byte for byte|writes? nothing|nothing is written|\bnever\b|(are|is|were) as before|is reverted|loses no|no call is lost"
                     r"|are kept\b|somebody else\b.* stay|left as it is|and nothing else\b", re.IGNORECASE)
# A title in quotes, or a function of pytest behind `::`.
TEST = re.compile(r'`(?P<file>tests/[\w/.]+)(::(?P<function>\w+))?`( "(?P<title>[^"]+)")?')


def rows() -> list:
    found = []
    for line in CLAIMS.read_text().splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and cells[0].endswith(".md"):
            found.append(cells)
    return found


def test_each_row_quotes_its_page():
    texts = {page: (ROOT / page).read_text() for page, _, _ in rows()}
    assert [(page, quote) for page, quote, _ in rows() if quote not in texts[page]] == []


def test_each_row_names_a_test():
    missing = []
    for _, _, cell in rows():
        named = TEST.fullmatch(cell)
        path = ROOT / named["file"] if named else None
        wanted = f"def {named['function']}(" if named and named["function"] else f'TEST_CASE("{named["title"]}"' if named else ""
        if not wanted or not path.exists() or wanted not in path.read_text():
            missing.append(cell)
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_each_promise_has_a_row(page):
    quotes = [quote for place, quote, _ in rows() if place == page]
    lines = (ROOT / page).read_text().splitlines()
    assert [line for line in lines if PROMISE.search(line) and not any(quote in line for quote in quotes)] == []
