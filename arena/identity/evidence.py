"""Weigh the evidence around a name that it is the speaker's own, as a sum of weights.

The phrases of ``self_reference.toml`` are exact and miss what nobody wrote down. In addition to
them, every word and ending around a name counts a little for or against it. ``weights.tsv`` has the
weights, which ``python -m tests.bench.identity_weights`` fits to labelled sentences.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from arena.identity.following import is_scene
from arena.identity.mention import Mention
from arena.identity.self_reference import is_denied, leads_in
from arena.identity.words import SPACED, WORD, languages, vocabulary

WEIGHTS = Path(__file__).parent / "weights.tsv"
BIAS = "bias"
"""The row of the table that is no evidence: it is added always, less what is enough."""
NEAR = 3
"""Words beside a name whose place counts."""
FAR = 10
"""Words on either side that count at all."""
LETTERS = 14
"""Characters on either side that count in writing without blanks."""
DENYING = 5
"""Words behind a name of which one that denies denies what is said of it."""
STEM = 5
"""Letters by which forms of one word are told to be the same."""
MORE = 1.0
"""The amount that each reason to doubt adds to the required sum."""
SIGNALS = Path(__file__).parent / "evidence.toml"
_BESIDE = 18
"""Characters beside a name in which a signal is near."""
_OPENING, _CLOSING = frozenset("\"“„«「『‘'"), frozenset("\"”“»」』’'")
_CLASSES = ("kinds", "scenes", "breaks", "negations", "doubts", "opinions", "relations", "articles")
_UNSPACED_CLASSES = ("breaks_unspaced", "unspaced", "denied_after")
_PHRASES_BEFORE = ("closings", "greetings", "labels", "profiles", "asks")
_PHRASES_AFTER = ("permits", "policies", "modals", "attributions")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_MARKS = re.compile(r"[^\w\s]")


def weighs_enough(
    mention: Mention, *, asked: bool, addressed: bool, compared: bool = False
) -> bool:
    """Return whether the evidence is enough to take the name for the speaker's own.

    More is needed for an everyday word and for a name alone in quotation marks, unless the sentence
    has a word of the speaker's; and, but for a name at the end, where ``asked`` says that the
    question is for what is seen. Less is needed where ``addressed`` says that the question is for
    the model itself, and more where the answer names both models (``compared``).
    """
    introduced = _speaks(mention.before.lower())
    if introduced and is_denied(mention.after.lower()):
        return False
    speaks = introduced or _speaks(mention.after.lower())
    quoted = mention.before[-1:] in _OPENING and mention.after[:1] in _CLOSING
    signed = not mention.opens and not WORD.search(mention.after)
    doubts = compared + (asked and not signed) + (not speaks and (mention.everyday + quoted))
    needed = MORE * (doubts - addressed)
    return weight_of(evidence_of(mention)) >= needed


def weight_of(evidence: Collection[str]) -> float:
    """Return by how much the evidence exceeds what is enough; negative where it falls short."""
    table = _weights()
    return sum(table.get(item, 0.0) for item in evidence) + table[BIAS]


@cache
def _weights() -> dict[str, float]:
    rows = (line.rsplit("\t", 1) for line in WEIGHTS.read_text("utf-8").splitlines())
    return {name: float(weight) for name, weight in rows}


def evidence_of(mention: Mention) -> set[str]:
    """Return what stands around a name, each item once however often it does."""
    before, after = mention.before.lower(), mention.after.lower()
    everyday = mention.everyday
    selves = (_speaks(before), _speaks(after))
    clause = WORD.findall(vocabulary()["clause_ends"].split(after)[0])[:DENYING]
    denied = not vocabulary()["negations"].isdisjoint(clause)
    affirmed = f"{leads_in(before)} {denied}"
    kinds = _kinds_of("<", before) | _kinds_of(">", after)
    seen = not kinds.isdisjoint({"<:scenes", ">:scenes", "<:unspaced"})
    parted = not kinds.isdisjoint({"<:breaks", "<:negations"})
    outside = _speaks(mention.earlier.lower()), _speaks(mention.later.lower())
    return {
        f"everyday={everyday}",
        f"versioned={mention.versioned}",
        f"opens={mention.opens}",
        f"scene={is_scene(mention)}",
        f"affirmed={affirmed}",
        f"self={selves} affirmed={affirmed}",
        f"self={selves} everyday={everyday}",
        f"self={selves} seen={seen}",
        f"self={selves} parted={parted}",
        f"self outside={outside}",
        *kinds,
        *(f"earlier{kind}" for kind in _kinds_of("", mention.earlier.lower())),
        *(f"later{kind}" for kind in _kinds_of("", mention.later.lower())),
        *_side("<", before, list(reversed(WORD.findall(before)))),
        *_side(">", after, WORD.findall(after)),
        *_phrases(before, after),
        *_signals(before, after, selves, everyday),
        *_subject(mention, seen=seen),
    }


def _side(side: str, text: str, words: list[str]) -> Iterator[str]:
    """Yield the words of one side, the nearest first, its marks, and letters beside the name."""
    marks = _MARKS.findall(text.strip()[-1:] if side == "<" else text.strip()[:1])
    yield f"{side}mark={''.join(marks)} words={min(len(words), 2)}"
    yield f"{side}words={min(len(words), 6)}"
    if "\n" in text:
        yield f"{side}line"
    for place, word in enumerate(words[:FAR]):
        for where in (side, f"{side}{place if place < NEAR else 'far'}="):
            yield f"{where}{word}"
            yield f"{where}{word[:STEM]}*"
        yield from (f"{where}:{kind}" for kind in _classes_of(word))
    yield from (f"{side}{one} {other}" for one, other in pairwise(words[: NEAR + 1]))
    yield f"{side}nearest={' '.join(words[:2])}"
    kinds = [
        next(iter(_classes_of(word)), "self" if _speaks(word) else "-") for word in words[:NEAR]
    ]
    yield f"{side}kinds={' '.join(kinds)}"
    # The characters beside the name, and groups of them in writing without blanks.
    close = text[-LETTERS:] if side == "<" else text[:LETTERS]
    for size in (1, 2, 3, 4):
        yield f"{side}end={close[-size:] if side == '<' else close[:size]!r}"
    for run in _UNSPACED.findall(close):
        for size in (1, 2, 3):
            yield from (f"{side}~{run[n : n + size]}" for n in range(len(run) - size + 1))


def _signals(before: str, after: str, selves: tuple[bool, bool], everyday: bool) -> Iterator[str]:
    """Yield which kinds of words stand on either side and beside the name, alone and in pairs."""
    found: list[str] = []
    for name, pattern in _signal_patterns().items():
        sides = [bool(pattern.search(before)), bool(pattern.search(after))]
        near = bool(pattern.search(before[-_BESIDE:])), bool(pattern.search(after[:_BESIDE]))
        if any(sides):
            found.append(name)
            yield f"signal {name} {sides}"
            yield f"signal {name} near={near}"
            yield f"signal {name} self={any(selves)} everyday={everyday}"
    yield f"signals none={not found} self={selves}"
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            yield f"signals {one} {other} self={any(selves)}"


def _subject(mention: Mention, *, seen: bool) -> Iterator[str]:
    """Yield what is said of a name that begins its clause: of one who answers or one who is seen.

    The speaker in the third person "sees", "cannot tell" and "is no doctor".
    """
    words = WORD.findall(mention.before.lower())[-1:]
    parted = not words or not mention.before.rstrip()[-1:].isalnum()
    if not parted and vocabulary()["articles"].isdisjoint(words):
        return
    kind = f"subject everyday={mention.everyday}"
    yield f"{kind} seen={seen} opens={mention.opens}"
    beside = mention.after.lower()[:_BESIDE]
    for name, pattern in _signal_patterns().items():
        if pattern.search(beside):
            yield f"{kind} {name} seen={seen}"


@cache
def _signal_patterns() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads(unicodedata.normalize("NFKC", SIGNALS.read_text("utf-8")))
    return {name: re.compile("|".join(entries)) for name, entries in data.items()}


def _classes_of(word: str) -> list[str]:
    """Return which lists of the phrases' vocabulary hold the word."""
    words = vocabulary()
    return [kind for kind in _CLASSES if word in words[kind]]


def _kinds_of(side: str, text: str) -> set[str]:
    words = vocabulary()
    found = {f"{side}:{kind}" for word in WORD.findall(text) for kind in _classes_of(word)}
    if not SPACED.fullmatch(text):
        found |= {f"{side}:{kind}" for kind in _UNSPACED_CLASSES if words[kind].search(text)}
    return found


def _speaks(text: str) -> bool:
    """Return whether a text holds a word by which a speaker means itself."""
    return any(one.speakers and one.speakers.search(text) for one in languages())


def _phrases(before: str, after: str) -> Iterator[str]:
    """Yield which parts of the known phrases stand beside the name, linked to it or not."""
    for one in languages():
        for name, pattern in (("lead", one.leads), ("role", one.roles), ("origin", one.origins)):
            ends = [match.end() for match in pattern.finditer(before)] if pattern else []
            if ends:
                yield name
                yield f"{name} gap={min(len(WORD.findall(before[ends[-1] :])), 4)}"
        if one.follows and one.follows.match(after.lstrip()):
            yield "follows"
        if one.made:
            said = f"{before} \n {after}"
            yield f"made={[bool(part.search(said)) for part in one.made]}"
    words = vocabulary()
    yield from (name for name in _PHRASES_BEFORE if words[name].search(before))
    yield from (name for name in _PHRASES_AFTER if words[name].search(after))
