"""Find answers that name their model or its maker, speaking of themselves.

The rule judges what a reader sees, after Markdown, entities and look-alike letters, for the names
of the two models of the battle only. A name that the question, the picture's own text or both
answers contain reveals nothing. docs/adr/0028-a-model-that-names-itself.md describes the rule and
its limits.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache

from arena.catalog.naming import CardIdentity, KnownName, names_of
from arena.identity.disguise import disguises
from arena.identity.evidence import weighs_enough
from arena.identity.mention import Mention, is_briefed
from arena.identity.self_reference import of_itself
from arena.identity.visible_text import latin, lowered, readable, visible_text
from arena.identity.words import SPACED, WORD, has_scene, vocabulary

MOST_CHARACTERS = 20_000
"""The number of characters of an answer that are read."""
REACH = 160
"""Characters before and after a name that are looked at."""
AROUND = 80
"""Characters before and after its sentence that count as evidence."""
MOST_MENTIONS = 128
"""The number of mentions of an answer that are judged, half from its start, half from its end."""

_NUMBERED = re.compile(r"\s\d{1,2}")
"""A number after an everyday word: "Step 2"."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff\s\-]{4,}")
_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"'”»)]|$)|[。!?！？؟।;；\n|]")
_QUOTE = re.compile(
    r"""["“„«「『‘](?=\s?\w).{1,300}?["”“»」』’]|(?<!\w)'(?=\w)[^'\n]{1,300}?'(?!\w)"""
)
_SPEAKER = re.compile(
    r"\s*(?:user|assistant|ai|chat ?bot|bot|robot|human|person|man|woman|speaker|line|nutzer|ki"
    r"|mensch|utilisateur|usuario|asistente|utente|assistente|usuário|用户|助手"
    r"|ユーザー|사용자)(?: \d+)?:"
)
"""The beginning of a line of a conversation that is read aloud."""
_TURN = re.compile(
    r"(?:^|[.!?…]\s+|\n)(?:[a-z]|user|assistant|ai|bot|human|person \d|speaker \d): "
)
"""The beginning of a turn of a conversation that is given in a row: "A: Who are you? B: I"."""
_PERSIAN = str.maketrans({letter: f"[{pair}]" for pair in ("كک", "يیى") for letter in pair})
"""Letters that Arabic and Persian write with signs of their own."""
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
    sets = [names_of(identity) for identity in identities]
    names = frozenset[KnownName]().union(*sets)
    given = {name.stem for name in _found(names, readable(known))}
    named = [_found(names, text) for text in texts]
    if len(named) > 1:
        given |= set.intersection(*({name.stem for name in standing} for standing in named))
    question = lowered(readable(known))
    # The names of each model that no other one has: a text with one of each compares the models.
    own = [names.difference(*(sets[:at] + sets[at + 1 :])) for at, names in enumerate(sets)]
    asked = vocabulary()["wanted"].search(question) is not None
    addressed = vocabulary()["addressing"].search(question) is not None
    return [
        any(
            of_itself(one)
            or weighs_enough(one, asked=asked, addressed=addressed, compared=compared)
            for one in mentions({name for name in standing if name.stem not in given}, text)
        )
        for text, standing in zip(texts, named, strict=True)
        for compared in [len(sets) > 1 and all(names & standing for names in own)]
    ]


def _found(names: Set[KnownName], text: str) -> set[KnownName]:
    """Return the names that stand in a text, each once."""
    folded, plain = latin(text), lowered(text)
    return {name for name in names if _pattern(name).search(_copy_for(name, folded, plain))}


def _copy_for(name: KnownName, folded: str, plain: str) -> str:
    return folded if name.text.isascii() else plain


def mentions(names: Set[KnownName], text: str) -> Iterator[Mention]:
    """Yield every mention with its sentence, unless it is read aloud.

    Stretches before mentions don't overlap, so that all together are as long as the text.
    """
    folded, plain = latin(text), lowered(text)
    quotes = [match.span() for match in _QUOTE.finditer(text)]
    previous = 0
    for start, end, everyday, bare in _places(names, folded, plain, text):
        begin = max(previous, start - REACH, 0)
        at = bisect(quotes, (start,)) - 1
        quote = quotes[at] if at >= 0 and start < quotes[at][1] else None
        sentence = max(
            (match.end() for match in _SENTENCE_END.finditer(text, begin, start)), default=begin
        )
        stop = _SENTENCE_END.search(text, end, end + REACH)
        after = text[end : stop.start() if stop else end + REACH]
        previous = end
        briefed = is_briefed(plain[max(0, start - REACH) : start], plain[end : end + REACH])
        if briefed or not _read_aloud(plain, sentence, (start, end), quote):
            begins = _thought(plain, sentence, start, after)
            rest = end + len(after)
            yield Mention(
                plain[begins:start],
                after,
                everyday,
                not bare,
                opens=not plain[:sentence].strip(),
                earlier=plain[max(0, sentence - AROUND) : sentence],
                later=plain[rest : rest + AROUND],
                briefed=briefed,
            )


def _thought(plain: str, sentence: int, start: int, after: str) -> int:
    """Return where the thought of a name begins: alone it goes on from the line or question before.

    "Who am I? A model", "They ask my name. It is A": a signature stands below its closing words
    likewise, and a card's entries below its heading.
    """
    words = vocabulary()
    first = max(0, sentence - REACH)
    before = plain[first:sentence].rstrip()
    if not before:
        return sentence
    ends = [match.end() for match in _SENTENCE_END.finditer(before, 0, len(before) - 1)]
    last = ends[-1] if ends else 0
    if words["labels"].search(plain[sentence:start].strip(" *_|-")):
        heading = words["profiles"].search(before)
        return first + heading.start() if heading else sentence
    between = words["answers"].issuperset(WORD.findall(plain, sentence, start))
    answers = before[-1] == "?" or words["asks"].search(before, last)
    closing = words["closings"].search(before[last:].strip())
    if closing and before[:last].rstrip().endswith(":") and has_scene(before[:last]):
        return sentence
    alone = not WORD.search(after) and (closing or before[-1] not in ".!;。")
    return first + last if between and (answers or alone) else sentence


def _places(
    names: Set[KnownName], folded: str, plain: str, text: str
) -> list[tuple[int, int, bool, bool]]:
    """Return each mention: start, end, is it an everyday word, is it without a version."""
    found: dict[int, tuple[int, int, bool, bool]] = {}
    for name in names:
        for match in _pattern(name).finditer(_copy_for(name, folded, plain)):
            start, end = match.span()
            written = text[start : match.start("version")]
            if name.everyday and name.text[0].isupper() and written.isalpha() and written.islower():
                continue
            bare = not re.search(r"\w", match["version"])
            bare = bare or (name.everyday and _NUMBERED.fullmatch(match["version"]) is not None)
            # The longest counts; of two as long the one that is no everyday word, with a version.
            place = (start, end, name.everyday and bare, bare)
            found[start] = max(
                found.get(start, place), place, key=lambda one: (one[1], not one[2], not one[3])
            )
    places = [found[start] for start in sorted(found)]
    half = MOST_MENTIONS // 2
    return places if len(places) <= MOST_MENTIONS else places[:half] + places[-half:]


def _read_aloud(
    plain: str, sentence: int, name: tuple[int, int], quote: tuple[int, int] | None
) -> bool:
    """Return whether the sentence is quoted, or follows a colon behind something that is read.

    What the model itself says it would answer is no quotation: 'I would answer "I am X"'.
    """
    if quote and vocabulary()["own_words"].search(plain, max(0, quote[0] - REACH), quote[0]):
        return False
    if quote and (WORD.search(plain, quote[0], name[0]) or WORD.search(plain, name[1], quote[1])):
        line = plain.rfind("\n", 0, quote[0]) + 1
        around = plain[max(line, quote[0] - REACH) : quote[0]] + plain[quote[1] : quote[1] + REACH]
        return WORD.search(around.partition("\n")[0]) is not None
    lead_in = plain[max(0, sentence - REACH) : sentence].rstrip()
    rest = plain[name[1] : name[1] + REACH]
    if len(_TURN.findall(plain, max(0, name[0] - REACH), name[0])) > 1 and has_scene(rest):
        return True
    if _SPEAKER.match(plain, sentence, name[0]):
        lead_in = lead_in[: lead_in.find(":") + 1]
    return lead_in.endswith(":") and has_scene(lead_in)


@lru_cache(maxsize=4096)
def _pattern(name: KnownName) -> re.Pattern[str]:
    """The name as it is written, in disguise, or spelled by letters, and a version behind."""
    ascii_name = name.text.isascii()
    folded = latin(name.text) if ascii_name else lowered(readable(name.text))
    # Signs of vowels stand within a word of Devanagari and are no letters to a pattern.
    parts = re.findall(r"[^\W\d_]+|\d+" if ascii_name else r"[^\s._\-]+", folded)
    whole = r"[\s._\-]{0,2}".join(map(re.escape, parts))
    if ascii_name:
        ways = "|".join((whole, *disguises(parts, everyday=name.everyday)))
        return re.compile(rf"(?<![a-z0-9])(?:{ways})(?P<version>{_VERSION})(?![a-z])")
    if _CYRILLIC.fullmatch(folded):
        whole = whole.rstrip("аяьй") + r"\w{0,2}"  # whatever the case that it stands in
    whole = whole.translate(_PERSIAN)
    edges = (r"(?<!\w)", r"(?!\w)") if SPACED.fullmatch(folded) else ("", "")
    return re.compile(rf"{edges[0]}(?:{whole})(?P<version>{_VERSION}){edges[1]}")
