"""Names of a model: its card's name in all forms, and those of its family and its makers.

The module does not use Django, so that the rule that reads answers can be measured alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

FAMILIES = Path(__file__).parent / "families.toml"
EVERYDAY_WORDS = Path(__file__).parent / "everyday_words.txt"
SHORTEST = 3
"""Letters of a first word that stands for the whole name: "Qwen" of "Qwen2.5-VL"."""

_WORD = re.compile(r"[^\W\d_]+")
_PART = re.compile(r"[^\s/_\-:]+")
_VARIANT = re.compile(
    r"(?i)v?\d+(?:\.\d+)*(?:[bmk]|x\d+b)?|a\d+b|[a-z]?\d+bit|fp\d+|bf16|int\d|awq|gptq|gguf|q\d\w*|hf|it"
    r"|instruct|chat|base|preview|exp|experimental|latest|demo|vision|vlm?|small|large|medium|mini|tiny|nano"
    r"|pro|max|plus|ultra|flash|turbo|lite|thinking|reasoning|beta|alpha|rc\d*|sft|dpo|rlhf|onevision|next"
)
_GENERIC = """
a ai an assistant b base bot chat default demo generic image language large latest llm local m
medium mini model models multimodal nano new small test text the tiny trial version vision visual vl
"""
"""Words that models say of themselves whatever they are called."""
_LEGAL = re.compile(
    r"(?i)[\s,]+(?:inc|ltd|llc|gmbh|corp|corporation|co|company|group|labs?|research|team|ai|cloud)\.?$"
)


class CardIdentity(NamedTuple):
    """The catalogue's words about a model's identity: its card's words and its version's source."""

    name: str
    slug: str = ""
    organization: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, order=True)
class KnownName:
    """A name by which a model or its maker can be told; a version or a size may follow it."""

    text: str
    everyday: bool = False
    """It is an ordinary word, too: only clear cases of speaking of itself count."""

    @property
    def stem(self) -> str:
        """Return the first word in lower case, which its longer forms share."""
        first = _WORD.search(self.text)
        return first[0].lower() if first else self.text.lower()


@lru_cache(maxsize=1024)
def names_of(identity: CardIdentity) -> frozenset[KnownName]:
    """Return all names of a card: its own in full and short form, its family's and its makers'."""
    last_part = re.split(r"[/:]", identity.source.rstrip("/"))[-1]
    own = [identity.name, identity.slug, last_part]
    names = [_known(form) for text in own for form in _forms(text)]
    names += [_known(form) for form in _maker_forms(identity.organization)]
    for family in _families():
        texts = [*own, identity.source]
        of_model = any(_holds(text, name) for text in texts for name in family["names"])
        if of_model or any(_holds(identity.organization, maker) for maker in family["makers"]):
            everyday = {name.lower() for name in family.get("everyday", ())}
            listed = [*family["names"], *family["makers"]]
            names = [KnownName(name, name.lower() in everyday) for name in listed] + names
    by_text: dict[str, KnownName] = {}
    for name in names:
        by_text.setdefault(name.text.lower(), name)
    return frozenset(by_text.values())


def everyday_names(identity: CardIdentity) -> list[str]:
    """Return those of the card's own name and organisation that are everyday words, in order."""
    forms = [*_forms(identity.name), *_maker_forms(identity.organization)]
    return sorted({form for form in forms if _is_everyday(form)})


def _forms(text: str) -> Iterator[str]:
    """A model's name in full, without variants at its end, and its first word without a version."""
    parts = _PART.findall(text)
    while parts:
        whole = text[: text.rindex(parts[-1]) + len(parts[-1])] if text else ""
        if _can_name(whole):
            yield whole
        if not _VARIANT.fullmatch(parts[-1]):
            break
        parts.pop()
    first = parts[0] if parts else ""
    stem = re.match(r"[^\W\d_]+(?=\d)", first)
    if stem and len(stem[0]) >= SHORTEST and _can_name(stem[0]):
        yield stem[0]


def _maker_forms(organization: str) -> Iterator[str]:
    text = organization.strip()
    while text:
        if _can_name(text):
            yield text
        shorter = _LEGAL.sub("", text)
        text = shorter if shorter != text else ""


def _can_name(text: str) -> bool:
    """Return whether a text says more than any model may say of itself, as "Vision Model 1"."""
    words = {word.lower() for word in _WORD.findall(text)}
    return len("".join(words)) >= SHORTEST - 1 and bool(words.difference(_GENERIC.split()))


def _known(text: str) -> KnownName:
    """A plain word is taken for an everyday one, whether or not a list of such words knows it."""
    mixed = any(c.isdigit() for c in text) or re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", text)
    plain = not mixed and ("-" not in text or _is_everyday(text))
    return KnownName(text, everyday=plain or _is_everyday(text))


def _is_everyday(text: str) -> bool:
    words = [word.lower() for word in _WORD.findall(text)]
    return bool(words) and not re.search(r"\d", text) and set(words) <= _everyday()


def _holds(text: str, name: str) -> bool:
    pattern = _anywhere(name)
    # A blank goes before a suffix in other letters: "QwenVL", "PixtralHF".
    split = re.sub(r"(?<=[a-z])(?=(?:VL|LM|HF|Chat)\b)", " ", text)
    return pattern is not None and pattern.search(split) is not None


@cache
def _anywhere(name: str) -> re.Pattern[str] | None:
    parts = r"[\s_.\-]*".join(map(re.escape, re.findall(r"[^\W_]+", name)))
    return re.compile(rf"(?<![a-z]){parts}(?![a-z])", re.IGNORECASE) if parts else None


@cache
def _families() -> list[dict[str, Any]]:
    families: list[dict[str, Any]] = tomllib.loads(FAMILIES.read_text("utf-8"))["family"]
    return families


@cache
def _everyday() -> frozenset[str]:
    lines = EVERYDAY_WORDS.read_text("utf-8").split("\n")
    words = (line.partition(":")[2].split() for line in lines if not line.startswith("#"))
    return frozenset(word for row in words for word in row)
