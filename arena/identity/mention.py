"""A name in an answer, as all judgements on it see it."""

from __future__ import annotations

from typing import NamedTuple

from arena.identity.words import vocabulary


class Mention(NamedTuple):
    """A name with the text around it."""

    before: str
    """The text before it in its sentence."""
    after: str
    """The text after it in its sentence."""
    everyday: bool
    versioned: bool
    opens: bool = False
    """True if its line is the first of the answer."""
    earlier: str = ""
    later: str = ""
    """The text before and after its sentence."""
    briefed: bool = False
    """True if it is the name that the model says it was told to have."""


def is_briefed(before: str, after: str) -> bool:
    """Return whether a name is quoted from the model's own orders: "My prompt says: You are X".

    A prompt that the picture shows is none of its own.
    """
    words = vocabulary()
    around = f"{before} \n {after}"
    addressed = words["addressed"].search(before) is not None
    return (
        addressed and bool(words["briefs"].search(around)) and not words["screens"].search(around)
    )
