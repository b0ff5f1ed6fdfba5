"""Each record of a decision has a title, a day and three sections, and the index lists it."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT

FOLDER = ROOT / "docs" / "adr"
RECORDS = sorted(FOLDER.glob("0*.md"))
SECTIONS = ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem[:4])
def test_a_record_has_a_number_a_day_and_its_sections(record):
    title, _, text = record.read_text().partition("\n\n")
    assert re.fullmatch(rf"# {int(record.stem[:4])}\. [A-Za-z`][^\n]+[^.]", title), title
    assert re.match(r"Accepted on \d{4}-\d\d-\d\d\.", text)
    found = re.findall(r"^## (.+)$", text, re.M)
    assert found == SECTIONS


def test_the_index_lists_each_record_by_its_title():
    index = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", (FOLDER / "README.md").read_text(), re.M
    )
    titles = [record.read_text().partition("\n")[0].partition(". ") for record in RECORDS]
    assert index == [
        (number.removeprefix("# "), title, record.name)
        for record, (number, _, title) in zip(RECORDS, titles, strict=True)
    ]
