"""Each term of the glossary has one meaning, and the names that it gives exist."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from tests.architecture.sources import ROOT

LINES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| term", "| ---"))
]
NAMES = [name for _, _, names in LINES for name in re.findall(r"`([\w.]+)`", names)]


def test_a_term_stands_there_once():
    terms = Counter(term for terms, _, _ in LINES for term in terms.split(", "))
    assert [term for term, times in terms.items() if times > 1] == []


def test_each_term_has_a_meaning():
    assert [term for term, meaning, _ in LINES if len(meaning.split()) < 3] == []


@pytest.mark.parametrize("name", sorted(set(NAMES)))
def test_what_a_term_is_called_in_code_is_there(name):
    module, _, name = name.rpartition(".")
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    defined = {
        target
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        for target in names_of(node)
    }
    assert name in defined


def names_of(node):
    if isinstance(node, ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []
