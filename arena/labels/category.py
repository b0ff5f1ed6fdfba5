"""What a turn asks for: by the sample's own label, or by the words of its prompt."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from arena.labels.states import Source

RULES = Path(__file__).parent / "categories.toml"
READ_CHARACTERS = 1000
"""What a prompt wants stands at its front; what follows is often pasted material."""

_GAP = r"\W+(?:\w+\W+){0,4}?"


def find(prompt: str, *, sample: str = "") -> tuple[str, Source]:
    """Category and who says so; an empty category where nothing fits.

    A sample labels itself, except where the prompt asks for what no sample's own prompt does.
    """
    said, family = of_prompt(prompt), of_sample(sample)
    if family and said not in _rules()["samples"]["unless"]:
        return family, Source.SAMPLE
    return said, Source.RULE


def of_sample(sample: str) -> str:
    """The category of a sample by its name, which is its family and a number; empty for a name of
    another shape. Fresh samples are stored nowhere, so that the name is all there is."""
    family = sample.rpartition("-")[0]
    category: str = _rules()["samples"]["families"].get(family, "")
    return category


def of_prompt(prompt: str) -> str:
    """The first category with a phrase in the prompt, or an empty text."""
    text = _plain(prompt[:READ_CHARACTERS])
    return next((name for name, phrases in _patterns().items() if phrases.search(text)), "")


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(rf"(?<!\w)(?:{'|'.join(map(_pattern, phrases))})(?!\w)")
        for name, phrases in _rules()["phrases"].items()
    }


def _pattern(phrase: str) -> str:
    """The phrase as a regular expression; its marks are explained in the file itself."""
    parts = (_words(part) for part in _plain(phrase).split(" ... "))
    return _GAP.join(parts)


def _words(part: str) -> str:
    return re.escape(part).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")


def _plain(text: str) -> str:
    """One case, one form of each letter, one apostrophe."""
    straight = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return unicodedata.normalize("NFKC", straight).casefold()
