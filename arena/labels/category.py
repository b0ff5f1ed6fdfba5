"""Find the category of a turn, by the label of its sample or the words of its prompt."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from arena.labels.states import LabelSource

RULES = Path(__file__).parent / "categories.toml"
READ_CHARACTERS = 1000
"""The request is at the start of a prompt; the rest is often pasted material."""

_GAP = r"\W+(?:\w+\W+){0,4}?"


def find(prompt: str, *, sample: str = "") -> tuple[str, LabelSource]:
    """Category and who says so; an empty category where nothing fits.

    A sample labels itself, except where the prompt asks for what no sample's own prompt does.
    """
    said, family = of_prompt(prompt), of_sample(sample)
    if family and said not in _rules()["samples"]["unless"]:
        return family, LabelSource.SAMPLE
    return said, LabelSource.RULE


def of_sample(sample: str) -> str:
    """The category of a sample by its name, which is its family and a number; empty for a name of
    another shape. Fresh samples are stored nowhere, so that the name is all there is."""
    family = sample.rpartition("-")[0]
    category: str = _rules()["samples"]["families"].get(family, "")
    return category


def of_prompt(prompt: str) -> str:
    """The first category with a phrase in the prompt, or an empty text."""
    text = _plain(prompt[:READ_CHARACTERS])
    return next((name for name, phrases in rule_patterns().items() if phrases.search(text)), "")


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


@cache
def rule_patterns() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(rf"(?<!\w)(?:{'|'.join(map(phrase_pattern, phrases))})(?!\w)")
        for name, phrases in _rules()["phrases"].items()
    }


def phrase_pattern(phrase: str) -> str:
    """The phrase as a regular expression; its marks are explained in the file itself."""
    parts = (
        re.escape(part).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
        for part in _plain(phrase).split(" ... ")
    )
    return _GAP.join(parts)


def _plain(text: str) -> str:
    """Return the text in lower case, with one form of each letter and one apostrophe."""
    straight = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return unicodedata.normalize("NFKC", straight).casefold()
