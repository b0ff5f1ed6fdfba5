"""The list of changes is one that a user can read: each kind once, each line by itself."""

from __future__ import annotations

import re
import tomllib

from packaging.version import Version

from tests.architecture.sources import ROOT

KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
UNRELEASED = CHANGELOG.partition("## Unreleased")[2].partition("\n## ")[0]


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


def test_each_release_has_a_number_and_a_day_and_the_newest_stands_first():
    headings = re.findall(r"^## (?!Unreleased)(.+)$", CHANGELOG, re.M)
    found = [re.fullmatch(r"(\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)", line) for line in headings]
    assert all(found)
    releases = [(Version(match[1]), match[2]) for match in found if match]
    assert releases == sorted(set(releases), reverse=True)
    assert Version(current()) >= releases[0][0]


def test_what_is_not_released_names_the_version_to_come():
    assert f"This will be {Version(current()).base_version}." in UNRELEASED


def current():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
