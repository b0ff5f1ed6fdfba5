"""Whether an answer names its model or who made it, speaking of itself.

Judged is what a reader sees, after Markdown, entities and look-alike letters, for the names of the
two models that met and for no other. A name that the question, the picture's own text or both
answers hold tells nobody anything. The rule and its limits:
docs/adr/0028-a-model-that-names-itself.md.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import lru_cache

from arena.battles.self_reference import SPACED, WORD, Mention, has_scene, of_itself
from arena.catalog.naming import CardIdentity, KnownName, names_of
from arena.core.visible_text import latin, lowered, readable, visible_text

MOST_CHARACTERS = 20_000
"""Of an answer that are read; a longer one is cut."""
REACH = 160
"""Characters before and after a name that are looked at."""
MOST_MENTIONS = 128
"""Of an answer that are judged: the first half and the last half of them."""

_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"'”»)]|$)|[。!?！？؟।;；\n|]")
_QUOTE = re.compile(
    r"""["“„«「『‘](?=\s?\w).{1,300}?["”“»」』’]|(?<!\w)'(?=\w)[^'\n]{1,300}?'(?!\w)"""
)
_VERSION = (
    r"(?:[\s._\-:]{0,2}(?:v?\d+(?:[.,]\d+)*[a-z]{0,2}(?![a-z])|(?:vlm?|chat|instruct|pro|flash|ultra|nano|mini|max"
    r"|plus|turbo|omni|vision|thinking|preview|small|large|medium|base|next|onevision|opus|sonnet|haiku|ai|scout"
    r"|maverick|multimodal|it|hf|exp)(?![a-z])|\d+b))*"
)


def identity_leaks(
    answers: Sequence[str], identities: Sequence[CardIdentity], *, known: str
) -> list[bool]:
    """Return for each answer of a battle whether it names one of the battle's models as itself.

    ``known`` is what both sides were given in words: the prompt, and what a sample picture shows.
    """
    texts = [readable(visible_text(answer[:MOST_CHARACTERS])) for answer in answers]
    texts = [text[:MOST_CHARACTERS] for text in texts]
    names = frozenset(name for identity in identities for name in names_of(identity))
    given = {name.stem for name in _found(names, readable(known))}
    shared = [{name.stem for name in _found(names, text)} for text in texts]
    given |= set.intersection(*shared) if len(shared) > 1 else set()
    telling = frozenset(name for name in names if name.stem not in given)
    return [any(map(of_itself, _mentions(telling, text))) for text in texts]


def _found(names: frozenset[KnownName], text: str) -> set[KnownName]:
    """All names that stand in a text, however often."""
    folded, plain = latin(text), lowered(text)
    return {name for name in names if _pattern(name).search(_copy_for(name, folded, plain))}


def _copy_for(name: KnownName, folded: str, plain: str) -> str:
    return folded if name.text.isascii() else plain


def _mentions(names: frozenset[KnownName], text: str) -> Iterator[Mention]:
    """Every mention with its sentence, unless it is read aloud.

    Stretches before mentions don't overlap, so that all together are as long as the text.
    """
    folded, plain = latin(text), lowered(text)
    quotes = [match.span() for match in _QUOTE.finditer(text)]
    previous = 0
    for start, end, everyday, bare in _places(names, folded, plain, text):
        begin = max(previous, start - REACH, 0)
        quote = _quote_around(quotes, start)
        sentence = max(
            (match.end() for match in _SENTENCE_END.finditer(text, begin, start)), default=begin
        )
        stop = _SENTENCE_END.search(text, end, end + REACH)
        after = text[end : stop.start() if stop else end + REACH]
        previous = end
        if not _read_aloud(plain, sentence, (start, end), quote):
            begins = _thought(plain, sentence, start, after)
            yield Mention(plain[begins:start], after, everyday, not bare)


def _thought(plain: str, sentence: int, start: int, after: str) -> int:
    """Return where the thought of a name begins: alone it goes on from the line or question before.

    "Who am I? A model": a signature stands below its closing words likewise.
    """
    first = max(0, sentence - REACH)
    before = plain[first:sentence].rstrip()
    if not before or WORD.search(plain, sentence, start):
        return sentence
    alone = not WORD.search(after) and before[-1] not in ".!;。"
    if before[-1] != "?" and not alone:
        return sentence
    ends = [match.end() for match in _SENTENCE_END.finditer(before, 0, len(before) - 1)]
    return first + (ends[-1] if ends else 0)


def _quote_around(quotes: list[tuple[int, int]], at: int) -> tuple[int, int] | None:
    """Return start and end of the quotation in which ``at`` stands; None outside of any."""
    index = bisect(quotes, (at,)) - 1
    return quotes[index] if index >= 0 and at < quotes[index][1] else None


def _places(
    names: frozenset[KnownName], folded: str, plain: str, text: str
) -> list[tuple[int, int, bool, bool]]:
    """Of each mention: start, end, whether it is an everyday word, whether it has no version."""
    found: dict[int, tuple[int, int, bool, bool]] = {}
    for name in names:
        for match in _pattern(name).finditer(_copy_for(name, folded, plain)):
            start, end = match.span()
            if name.everyday and name.text[0].isupper() and not text[start].isupper():
                continue
            bare = not match["version"] or not re.search(r"\w", match["version"])
            if start not in found or end >= found[start][1]:
                found[start] = (start, end, name.everyday and bare, bare)
    places = [found[start] for start in sorted(found)]
    half = MOST_MENTIONS // 2
    return places if len(places) <= MOST_MENTIONS else places[:half] + places[-half:]


def _read_aloud(
    plain: str, sentence: int, name: tuple[int, int], quote: tuple[int, int] | None
) -> bool:
    """Whether the sentence is quoted in another one, or follows a colon behind what is read."""
    if quote and (WORD.search(plain, quote[0], name[0]) or WORD.search(plain, name[1], quote[1])):
        line = plain.rfind("\n", 0, quote[0]) + 1
        around = plain[max(line, quote[0] - REACH) : quote[0]] + plain[quote[1] : quote[1] + REACH]
        return WORD.search(around.partition("\n")[0]) is not None
    lead_in = plain[max(0, sentence - REACH) : sentence].rstrip()
    return lead_in.endswith(":") and has_scene(lead_in)


@lru_cache(maxsize=4096)
def _pattern(name: KnownName) -> re.Pattern[str]:
    """The name with any marks between its words, or spelled by letters, and a version behind."""
    folded = latin(name.text) if name.text.isascii() else lowered(readable(name.text))
    parts = re.findall(r"[^\W\d_]+|\d+", folded)
    whole = r"[\s._\-]{0,2}".join(map(re.escape, parts))
    letters = "".join(parts)
    if len(letters) > 3 and not name.everyday:
        whole += "|" + r"[\s._\-·*]".join(letters)
    if name.text.isascii():
        return re.compile(rf"(?<![a-z0-9])(?:{whole})(?P<version>{_VERSION})(?![a-z])")
    edges = (r"(?<!\w)", r"(?!\w)") if SPACED.fullmatch(folded) else ("", "")
    return re.compile(rf"{edges[0]}(?:{whole})(?P<version>{_VERSION}){edges[1]}")
