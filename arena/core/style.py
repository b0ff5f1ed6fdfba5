"""How an answer is written, in four counts that say nothing of what it says.

They are stored beside the text and outlive it: a board at equal style can be computed again after
the text was erased.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
# Scripts that set no blanks between words count by the character.
_WORDS = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+|[^\w\s]")
_HEADERS = re.compile(r"^ {0,3}#{1,6}\s+\S", re.MULTILINE)
_LISTS = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S).+?(?<=\S)\*\*|(?<!\w)__(?=\S).+?(?<=\S)__(?!\w)")


class Style(NamedTuple):
    """Words and signs; headings; list entries; bold passages. Code blocks have only a length."""

    length: int
    headers: int
    lists: int
    bold: int


def measure(text: str) -> Style:
    """Of a Markdown text."""
    prose = _FENCED.sub("", text)
    counts = (len(pattern.findall(prose)) for pattern in (_HEADERS, _LISTS, _BOLD))
    return Style(len(_WORDS.findall(text)), *counts)
