"""The list of security checks names what exists, and leaves none out."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT

ROWS = re.findall(
    r"^\| ([VLUOWR]\d+) [^|]+ \| ([^|]+) \| ([^|]*) \|$",
    (ROOT / "docs" / "security-checks.md").read_text(),
    re.M,
)
COUNTS = {"V": 12, "L": 6, "U": 7, "O": 6, "W": 13, "R": 19}


def test_all_checks_are_there_in_their_order():
    names = [name for name, *_ in ROWS]
    wanted = [f"{kind}{number}" for kind, most in COUNTS.items() for number in range(1, most + 1)]
    assert names == wanted


@pytest.mark.parametrize(("name", "covered", "found"), ROWS, ids=[row[0] for row in ROWS])
def test_a_check_names_a_test_or_program_that_exists_or_why_not(name, covered, found):
    named = re.findall(r"`(tests[./][\w./]+)`", covered)
    paths = [
        ROOT / (one if one.endswith(".py") else f"{one.replace('.', '/')}.py") for one in named
    ]
    assert all(path.is_file() for path in paths), paths
    assert paths or covered.startswith("not run here: ")
    assert found.strip() or not paths
