"""Contents that moderators judge, and what they say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arena.core.images import PlainPicture
from arena.gates.states import GateVerdict


@dataclass(frozen=True, slots=True)
class ModeratedContent:
    """A text, a picture, or both; an empty one is not there."""

    text: str = ""
    picture: bytes = b""
    mime: str = ""


def content_of(text: str, picture: PlainPicture | None) -> ModeratedContent:
    """Return a text with a picture, or alone."""
    about = (picture.data, picture.mime) if picture else ()
    return ModeratedContent(text, *about)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of a moderator; ``categories`` name what is wrong where it failed."""

    verdict: GateVerdict
    detail: str = ""
    categories: frozenset[str] = frozenset()


def worst(said: Sequence[Judgement]) -> Judgement:
    """Return what a moderator says of several contents: one that failed decides, then one of which
    nothing was found out."""
    order = (GateVerdict.FAIL, GateVerdict.UNKNOWN, GateVerdict.PASS)
    first = min(said, key=lambda one: order.index(one.verdict))
    categories = frozenset(name for one in said for name in one.categories)
    return Judgement(first.verdict, first.detail, categories)


def unknown(detail: str) -> Judgement:
    """Return the judgement of a moderator that could find nothing out."""
    return Judgement(GateVerdict.UNKNOWN, detail)


def found(categories: frozenset[str]) -> Judgement:
    """Return the judgement of a moderator that found these categories, or none."""
    return Judgement(GateVerdict.FAIL if categories else GateVerdict.PASS, "", categories)
