"""Rules of the operator's own file: a category and a regular expression a line.

A line is ``category: expression``; empty ones and those that begin with # are passed over. Texts
are compared in small letters, without invisible characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from arena.core.text import strip_unsafe_characters
from arena.gates.judgements import Judgement, ModeratedContent, found
from arena.gates.rule_files import category_lines


def is_configured() -> bool:
    """Return whether the operator has named a file."""
    return bool(settings.MODERATION_RULES)


def judge(content: ModeratedContent) -> Judgement:
    """Return the categories whose expression is in the text. Raises OSError and ValueError for a
    file that can't be read."""
    path = Path(settings.MODERATION_RULES)
    rules = _rules(path, path.stat().st_mtime_ns)
    text = strip_unsafe_characters(unicodedata.normalize("NFKC", content.text)).casefold()
    return found(frozenset(category for category, rule in rules if rule.search(text)))


@lru_cache(maxsize=4)
def _rules(path: Path, _changed: int) -> list[tuple[str, re.Pattern[str]]]:
    try:
        return [(category, re.compile(text)) for category, text in category_lines(path)]
    except re.error as error:
        raise ValueError(f"{path}: {error}") from error
