"""Fold names so that those which look alike to a reader are equal."""

from __future__ import annotations

import unicodedata

from arena.core.text import strip_unsafe_characters


def same_words(first: str, second: str) -> bool:
    """Return whether two texts differ in nothing but white space and the form of characters."""
    plain = [" ".join(unicodedata.normalize("NFKC", one).split()) for one in (first, second)]
    return plain[0] == plain[1]


def folded(name: str) -> str:
    """The name without what a reader does not see as a difference: case, white space, invisible
    characters, and other forms of the same characters (full width, ligatures, accents apart)."""
    plain = unicodedata.normalize("NFKC", strip_unsafe_characters(name)).casefold()
    return "".join(unicodedata.normalize("NFKC", plain).split())
