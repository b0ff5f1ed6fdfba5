"""Whether a sentence that names a model speaks of itself, by the words of its language.

The words and their meaning stand in ``self_reference.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PATTERNS = Path(__file__).parent / "self_reference.toml"
MOST_LINKS, MOST_UNSPACED, MOST_UNKNOWN = 16, 24, 2
"""From "I am" to a name: words, characters of writing without blanks, words that no list has."""

_LETTER = r"(?:[^\W_]|[\u064b-\u0652\u0900-\u0963\u0966-\u0dff])"
WORD = re.compile(rf"{_LETTER}+(?:[-.']{_LETTER}+)*")
SPACED = re.compile(r"[^\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]*")
_AROUND = " *_\"'"
"""Marks that may stand around a name."""


class Mention(NamedTuple):
    """A name in a line of an answer, with what stands before and after it in its sentence."""

    before: str
    after: str
    everyday: bool
    versioned: bool


class Language(NamedTuple):
    """How a language speaks of oneself: the entries of ``self_reference.toml``, compiled."""

    leads: re.Pattern[str] | None
    roles: re.Pattern[str] | None
    follows: re.Pattern[str] | None
    speakers: re.Pattern[str] | None
    frames: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


def of_itself(mention: Mention) -> bool:
    """Whether the model means itself by the name."""
    if _is_scene(mention):
        return False
    before = mention.before.strip(_AROUND + "([「『«“‘„")
    after = mention.after.lower().lstrip(_AROUND + ")]」』»”’")
    return any(_speaks(language, before, after, mention) for language in _languages())


def _speaks(language: Language, before: str, after: str, mention: Mention) -> bool:
    if language.follows and language.follows.match(after):
        return not has_scene(before)
    if language.leads and _linked(language.leads, before, mention):
        return True
    spoken = language.roles and language.speakers and language.speakers.search(after)
    if spoken and _linked(language.roles, before, mention):
        return True
    return any(
        (rest := end.match(after)) and _affirms(rest[0]) and _linked(begin, before, mention)
        for begin, end in language.frames
    )


def _linked(lead: re.Pattern[str] | None, before: str, mention: Mention) -> bool:
    """Whether a lead stands before the name with nothing in between that parts the two."""
    return lead is not None and any(
        _leads_in(before[: match.start()]) and _joins(before[match.end() :], mention)
        for match in lead.finditer(before)
    )


def _leads_in(text: str) -> bool:
    """Whether what stands before a lead neither denies it nor tells of something that is read."""
    found = WORD.findall(text)
    return not has_scene(text) and not _vocabulary()["negations"].intersection(found[-1:])


def _affirms(text: str) -> bool:
    return bool(_vocabulary()["breaks"].isdisjoint(WORD.findall(text)))


def _joins(gap: str, mention: Mention) -> bool:
    words = _vocabulary()
    if not SPACED.fullmatch(gap):
        return len(gap) <= MOST_UNSPACED and not words["unspaced"].search(gap)
    found = [part for word in WORD.findall(gap) for part in _parts(word)]
    if len(found) > MOST_LINKS or not words["stops"].isdisjoint(found):
        return False
    kind = not words["kinds"].isdisjoint(found)
    if mention.everyday and found and found[-1] in words["articles"] and not _kind_follows(mention):
        return False
    unknown = [w for w in found if w not in words["joins"] and not w[0].isdigit()]
    return len(unknown) <= (MOST_UNKNOWN if kind else 0)


def _parts(word: str) -> list[str]:
    """A word that no list has as its parts: "AI-model", "l'assistant"."""
    words = _vocabulary()
    listed = word in words["joins"] or word in words["stops"]
    return [word] if listed else [part for part in re.split(r"[-'.]", word) if len(part) > 1]


def _kind_follows(mention: Mention) -> bool:
    return not _vocabulary()["kinds"].isdisjoint(WORD.findall(mention.after.lower())[:2])


def _is_scene(mention: Mention) -> bool:
    """Whether what follows makes the name something seen or denied: "Qwen logo", "Claude Monet"."""
    after = mention.after
    if re.match(r"['’]s?\s+\w", after) and not re.match(r"['’]s\s+(?:here|me|my)", after):
        following = WORD.findall(after.lower())[1:3] or WORD.findall(after.lower())[:2]
    else:
        beside = after[:1].isspace() or after[:1] in ("-", "'", "’")
        following = WORD.findall(after.lower()[:40])[:1] if beside else []
    words = _vocabulary()
    if any(word.startswith(("logo", "логотип")) for word in following):
        return True
    if not words["scenes"].isdisjoint(following) or words["unspaced_after"].match(after):
        return True
    if words["reading"].match(after.lower()) or words["denied_after"].search(after):
        return True
    denied = WORD.match(after.lower(), 1)
    if denied and after[0] == " " and denied[0] in words["denials"]:
        return True
    named_on = re.match(r" (?!I\b)\w", after) and after[1].isupper()
    return mention.everyday and bool(named_on) and not _kind_follows(mention)


def has_scene(text: str) -> bool:
    words = _vocabulary()
    return not words["scenes"].isdisjoint(WORD.findall(text)) or bool(
        words["unspaced"].search(text)
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(PATTERNS.read_text("utf-8"))


@cache
def _languages() -> tuple[Language, ...]:
    return tuple(
        Language(
            leads=_any_of(entries["leads"]),
            roles=_any_of(entries["roles"]),
            follows=_any_of(entries["follows"]),
            speakers=_any_of(entries["speakers"]),
            frames=tuple((_blanks(a), _blanks(b)) for a, b in entries.get("frames", ())),
        )
        for code, entries in _data().items()
        if code != "words"
    )


def _any_of(entries: Sequence[str]) -> re.Pattern[str] | None:
    return _blanks("|".join(f"(?:{entry})" for entry in entries)) if entries else None


def _blanks(entry: str) -> re.Pattern[str]:
    return re.compile(re.sub(r" (?![?*+{])", r"\\s+", entry))


@cache
def _vocabulary() -> dict[str, Any]:
    words = _data()["words"]
    lists = {
        name: frozenset(words[name].split())
        for name in ("kinds", "links", "scenes", "breaks", "articles", "negations", "denials")
    }
    unspaced = "|".join(map(re.escape, words["scenes_unspaced"]))
    reading = "|".join(words["readings"].split())
    return {
        **lists,
        "joins": lists["kinds"] | lists["links"] | lists["articles"],
        "stops": lists["scenes"] | lists["breaks"],
        "unspaced": re.compile(unspaced),
        "reading": re.compile(rf"[\"'”»“]?,[\"'”»“]?\s+(?:{reading})\b"),
        "denied_after": re.compile("|".join(words["denials_unspaced"])),
        "unspaced_after": re.compile(rf"['’]?s?\s?[的のを이가은는을를와과]?\s?(?:{unspaced})"),
    }
