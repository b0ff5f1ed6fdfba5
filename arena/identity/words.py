"""The words by which each language speaks of oneself, read from ``self_reference.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PATTERNS = Path(__file__).parent / "self_reference.toml"

_LETTER = r"(?:[^\W_]|[\u064b-\u0652\u0900-\u0963\u0966-\u0dff])"
WORD = re.compile(rf"{_LETTER}+(?:[-.']{_LETTER}+)*")
SPACED = re.compile(r"[^\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]*")


_WORD_LISTS = (
    *("kinds", "links", "scenes", "breaks", "articles", "negations", "denials"),
    *("ands", "doubts", "opinions", "selves", "relations", "answers"),
)
_PATTERN_LISTS = (
    *("closings", "contrasts", "permits", "policies", "modals", "breaks_unspaced"),
    *(
        "reasons",
        "places",
        "attributions",
        "defines",
        "clause_ends",
        "sources",
        "relations_unspaced",
    ),
    *("briefs", "addressed", "screens", "signatures", "sayings", "wanted", "addressing"),
    *("own_words", "asks", "labels", "profiles", "greetings", "greeted", "doubled"),
)


class Language(NamedTuple):
    """The phrases with which a language speaks of oneself, compiled from the TOML file."""

    leads: re.Pattern[str] | None
    roles: re.Pattern[str] | None
    follows: re.Pattern[str] | None
    speakers: re.Pattern[str] | None
    frames: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    origins: re.Pattern[str] | None
    made: tuple[re.Pattern[str], re.Pattern[str]] | None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(unicodedata.normalize("NFKC", PATTERNS.read_text("utf-8")))


@cache
def languages() -> tuple[Language, ...]:
    return tuple(
        Language(
            leads=_any_of(entries["leads"]),
            roles=_any_of(entries["roles"]),
            follows=_any_of(entries["follows"]),
            speakers=_any_of(entries["speakers"]),
            frames=tuple((_blanks(a), _blanks(b)) for a, b in entries.get("frames", ())),
            origins=_any_of(entries.get("origins", ())),
            made=(_blanks(made[0]), _blanks(made[1])) if (made := entries.get("made")) else None,
        )
        for code, entries in _data().items()
        if code != "words"
    )


def _any_of(entries: Sequence[str]) -> re.Pattern[str] | None:
    return _blanks("|".join(f"(?:{entry})" for entry in entries)) if entries else None


def _blanks(entry: str) -> re.Pattern[str]:
    return re.compile(re.sub(r" (?![?*+{])", r"\\s+", entry))


@cache
def vocabulary() -> dict[str, Any]:
    words = _data()["words"]
    lists = {name: frozenset(words[name].split()) for name in _WORD_LISTS}
    unspaced = "|".join(map(re.escape, words["scenes_unspaced"]))
    reading = "|".join(words["readings"].split())
    return {
        **lists,
        "joins": lists["kinds"] | lists["links"] | lists["articles"],
        "stops": lists["scenes"] | lists["breaks"],
        "unspaced": re.compile(unspaced),
        **{name: re.compile("|".join(words[name])) for name in _PATTERN_LISTS},
        "reading": re.compile(rf"[\"'”»“]?,[\"'”»“]?\s+(?:{reading})\b"),
        "denied_after": re.compile("|".join(words["denials_unspaced"])),
        "unspaced_after": re.compile(rf"['’]?s?\s?[的のを이가은는을를와과]?\s?(?:{unspaced})"),
    }


def has_scene(text: str) -> bool:
    """Return whether ``text`` speaks of something seen in a picture or read from it."""
    words = vocabulary()
    return not words["scenes"].isdisjoint(WORD.findall(text)) or bool(
        words["unspaced"].search(text)
    )
