"""Names are terms of the field and mean one thing; docstrings are sentences; helpers, concepts."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

from tests.architecture.sources import ROOT, modules

SHARED_NAMES: dict[str, str] = {}
"""Public classes that may be defined twice, each with the reason."""

CEILINGS = {
    "one-word classes": 0.08,
    "elliptical docstrings": 0.03,
    "helpers used once": 0.10,
    "classes defined twice": 0,
}
"""The most that is allowed of each, shares of all but for the last. Only ever lower them. The goals
are 0.25, 0.03, 0.10 and 0."""

_OPENINGS = re.compile(r"(What|Whether|Of|By|As|Its|Their|Where|How|Who|Never)\b")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def nodes() -> list[tuple[str, str, ast.AST]]:
    """Return path, text and node of everything in the sources."""
    return [
        (str(path.relative_to(ROOT)), text, node)
        for path in modules()
        for text in [path.read_text()]
        for node in ast.walk(ast.parse(text))
    ]


def classes() -> Iterator[tuple[str, str]]:
    """Yield the name and path of each class; Django prescribes some names."""
    for path, _, node in nodes():
        if isinstance(node, ast.ClassDef) and node.name not in {"Meta", "Command"}:
            yield node.name, path


def is_one_word(name: str) -> bool:
    return not re.search(r"[a-z][A-Z]", name.lstrip("_"))


def is_elliptical(docstring: str) -> bool:
    """Return whether the first line is no sentence with a verb or a noun in front."""
    first = docstring.partition("\n")[0]
    return len(first.split()) <= 3 or bool(_OPENINGS.match(first))


def is_used_once(name: str, text: str) -> bool:
    """Return whether a private function is named just twice: defined, and used."""
    private = name.startswith("_") and not name.startswith("__")
    return private and words_of(text)[name] == 2


@cache
def words_of(text: str) -> Counter[str]:
    """Return how often each word stands in a source."""
    return Counter(re.findall(r"\w+", text))


def refused(kind: str, found: list[str], total: int) -> str:
    """Return a sentence if there is more than the ceiling allows, else nothing."""
    share, most = len(found) / total, CEILINGS[kind]
    listed = "\n".join(sorted(found))
    return f"{kind}: {share:.1%} of {total}, at most {most:.1%}\n{listed}" if share > most else ""


def test_no_public_class_is_defined_twice():
    homes = defaultdict(list)
    for name, path in classes():
        if not name.startswith("_") and not name.endswith("Config"):
            homes[name].append(path)
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
    assert set(SHARED_NAMES) <= set(twice), "a pair that is no more; take it off the list"
    surplus = {name: paths for name, paths in twice.items() if name not in SHARED_NAMES}
    assert len(surplus) <= CEILINGS["classes defined twice"], surplus


def test_most_classes_have_two_words():
    found = [(name, path) for name, path in classes()]
    bare = [f"{path}: {name}" for name, path in found if is_one_word(name)]
    assert not refused("one-word classes", bare, len(found))


def test_docstrings_open_with_a_verb_or_a_noun():
    told = [
        (path, node.name, docstring)
        for path, _, node in nodes()
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef))
        if (docstring := ast.get_docstring(node))
    ]
    bare = [
        f"{path} {name}: {said.splitlines()[0]}" for path, name, said in told if is_elliptical(said)
    ]
    assert not refused("elliptical docstrings", bare, len(told))


def test_private_helpers_are_used_more_than_once():
    found = [
        (path, text, node.name) for path, text, node in nodes() if isinstance(node, _FUNCTIONS)
    ]
    once = [f"{path}: {name}" for path, text, name in found if is_used_once(name, text)]
    assert not refused("helpers used once", once, len(found))


def test_the_measures_see_what_they_are_for():
    assert [is_one_word(name) for name in ("Row", "_Row", "RatingRow", "_RatingRow")] == [
        True,
        True,
        False,
        False,
    ]
    told = ("Never.", "What it says of the day.", "Of all models.", "Return the rows of a board.")
    assert [is_elliptical(one) for one in told] == [True, True, True, False]
    text = "def _a(): return 1\ndef _b(): return _a() + _a()\nc = _b()"
    assert [is_used_once(name, text) for name in ("_a", "_b", "c")] == [False, True, False]
    assert Counter(refused("helpers used once", ["x"] * n, 10) == "" for n in (0, 9)) == {
        True: 1,
        False: 1,
    }
