"""The style of an answer in four counts, which reveal nothing of its content.

The counts are stored beside the text and kept longer, so that a board at equal style can be
computed again after the text was erased.
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


class AnswerStyle(NamedTuple):
    """The counts of words and signs, headings, list entries and bold passages of an answer.

    A code block counts for the length alone.
    """

    length: int
    headers: int
    lists: int
    bold: int


def measure(text: str) -> AnswerStyle:
    """Count words, headings, list entries and bold passages of a Markdown text."""
    prose = _FENCED.sub("", text)
    counts = (len(pattern.findall(prose)) for pattern in (_HEADERS, _LISTS, _BOLD))
    return AnswerStyle(len(_WORDS.findall(text)), *counts)
