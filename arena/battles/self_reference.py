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


_WORD_LISTS = (
    *("kinds", "links", "scenes", "breaks", "articles", "negations", "denials"),
    *("ands", "doubts", "opinions", "selves", "relations"),
)
_PATTERN_LISTS = (
    *("closings", "contrasts", "permits", "policies", "modals", "breaks_unspaced"),
    *("reasons", "places", "clause_ends", "sources", "relations_unspaced"),
)


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
    if _is_signed(before, after) or _is_bound(before, after):
        return True
    return any(_speaks(language, before, after, mention) for language in _languages())


def _is_signed(before: str, after: str) -> bool:
    """Whether the name stands alone behind "Best regards"."""
    return not WORD.search(after) and _vocabulary()["closings"].search(before) is not None


def _speaks(language: Language, before: str, after: str, mention: Mention) -> bool:
    if language.follows and language.follows.match(after) and _begins(before):
        return True
    if language.leads and _linked(language.leads, before, mention):
        return True
    speaker = language.roles and language.speakers and language.speakers.search(after)
    if speaker and _in_role(after[: speaker.start()]) and _linked(language.roles, before, mention):
        return True
    return any(
        (rest := end.match(after)) and _affirms(rest[0]) and _linked(begin, before, mention)
        for begin, end in language.frames
    )


def _begins(before: str) -> bool:
    """Whether what stands before a name that is the subject leaves it as such: not "like X"."""
    last = frozenset(WORD.findall(before)[-1:])
    return not has_scene(before) and _vocabulary()["breaks"].isdisjoint(last)


def _in_role(between: str) -> bool:
    """Whether a name and who speaks are one: "As X, I", not "When X appeared, I"."""
    found = WORD.findall(between)
    direct = len(found) <= 1 or not between[:1].isalnum()
    return direct or found[0] in _vocabulary()["joins"]


def _linked(lead: re.Pattern[str] | None, before: str, mention: Mention) -> bool:
    """Whether a lead stands before the name with nothing in between that parts the two."""
    return lead is not None and any(
        _leads_in(before[: match.start()]) and _joins(before[match.end() :], mention)
        for match in lead.finditer(before)
    )


def _is_bound(before: str, after: str) -> bool:
    """Whether the name's owner rules over who speaks: "X does not let me", "X's rules: I can't"."""
    words = _vocabulary()
    permit = words["permits"].search(after)
    if permit and not has_scene(before) and not has_scene(after[: permit.start()]):
        return _is_affirmed(before)
    rule = words["policies"].search(before) or words["policies"].search(after)
    if not rule or not words["modals"].search(after) or has_scene(before):
        return False
    spoken = [
        found for one in _languages() if (found := one.speakers and one.speakers.search(after))
    ]
    return any(
        words["modals"].search(after, speaker.start()) and not has_scene(after[: speaker.start()])
        for speaker in spoken
    )


def _leads_in(text: str) -> bool:
    """Whether what stands before a lead neither denies it nor tells of something that is read."""
    words = _vocabulary()
    reasons = list(words["reasons"].finditer(text))
    spoken = text[reasons[-1].end() :] if reasons else text
    if has_scene(spoken) or (":" in spoken and words["places"].match(spoken)):
        return False
    return _is_affirmed(spoken)


def _is_affirmed(text: str) -> bool:
    """Whether the clause that a text ends with denies, doubts or ascribes nothing of what follows.

    "And" begins a clause of its own; a comma does, where no "that" follows.
    """
    words = _vocabulary()
    clause = words["clause_ends"].split(text)[-1]
    found = WORD.findall(clause)
    last = max((n for n, word in enumerate(found) if word in words["ands"]), default=-1)
    said = frozenset(found[last + 1 :])
    if not words["negations"].isdisjoint(said) or any(word.endswith("n't") for word in said):
        return False
    if not words["doubts"].isdisjoint(said) or words["breaks_unspaced"].search(clause):
        return False
    return words["opinions"].isdisjoint(said) or not words["selves"].isdisjoint(said)


def _affirms(text: str) -> bool:
    return bool(_vocabulary()["breaks"].isdisjoint(WORD.findall(text)))


def _joins(gap: str, mention: Mention) -> bool:
    words = _vocabulary()
    gap = _after_contrast(gap)
    if not SPACED.fullmatch(gap):
        parted = words["unspaced"].search(gap) or words["breaks_unspaced"].search(gap)
        return len(gap) <= MOST_UNSPACED and not parted
    found = [part for word in WORD.findall(gap) for part in _parts(word)]
    if len(found) > MOST_LINKS or not words["stops"].isdisjoint(found):
        return False
    if "," in gap and found and found[-1] in words["ands"]:
        return False
    if found[-1:] in (["auf"], ["bei"]) and not _kind_follows(mention):
        return False
    kind = not words["kinds"].isdisjoint(found)
    if mention.everyday and found and found[-1] in words["articles"] and not _kind_follows(mention):
        return False
    unknown = [w for w in found if w not in words["joins"] and not w[0].isdigit()]
    return len(unknown) <= (MOST_UNKNOWN if kind else 0)


def _after_contrast(gap: str) -> str:
    """Return what follows "but" where "not" stands before it: "I am not A, but B"."""
    found = list(_vocabulary()["contrasts"].finditer(gap))
    if not found:
        return gap
    denied = gap[: found[-1].start()]
    negations = _vocabulary()["negations"].intersection(WORD.findall(denied))
    return gap[found[-1].end() :] if negations or not SPACED.fullmatch(denied) else gap


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
    if not words["relations"].isdisjoint(following) or words["relations_unspaced"].match(after):
        return True
    if not words["scenes"].isdisjoint(following) or words["unspaced_after"].match(after):
        return True
    if words["reading"].match(after.lower()) or _is_sourced(after.lower()):
        return True
    if words["denied_after"].search(after):
        return True
    denied = WORD.match(after.lower(), 1)
    if denied and after[0] == " " and denied[0] in words["denials"]:
        return True
    named_on = re.match(r" (?!I\b)\w", after) and after[1].isupper()
    return mention.everyday and bool(named_on) and not _kind_follows(mention)


def _is_sourced(after: str) -> bool:
    """Whether the sentence goes on to say where the name is read: "as the plate shows"."""
    source = _vocabulary()["sources"].search(after)
    return source is not None and has_scene(after[source.end() :])


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
