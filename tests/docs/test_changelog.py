"""The list of changes is one that a user can read: each kind once, each line by itself."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT

KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
UNRELEASED = (ROOT / "CHANGELOG.md").read_text().partition("## Unreleased")[2].partition("\n## ")[0]


def test_each_kind_of_change_stands_once_and_in_its_place():
    found = re.findall(r"^### (.+)$", UNRELEASED, re.M)
    assert found == [kind for kind in KINDS if kind in found]


def test_no_line_is_empty_within_a_list_or_says_what_another_says():
    for part in re.split(r"^### .+$", UNRELEASED, flags=re.M)[1:]:
        assert "\n\n-" not in part.strip()
    lines = re.findall(r"^- (.+)$", UNRELEASED, re.M)
    assert len(lines) == len(set(lines)) > 0


def test_each_change_is_a_sentence():
    changes = re.split(r"^- ", UNRELEASED, flags=re.M)[1:]
    ends = [" ".join(re.split(r"^### ", change, flags=re.M)[0].split()) for change in changes]
    assert [change for change in ends if not change.endswith(".")] == []
