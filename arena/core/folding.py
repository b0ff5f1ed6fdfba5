"""Which names look alike to a reader."""

from __future__ import annotations

import unicodedata

from arena.core.text import tame


def folded(name: str) -> str:
    """The name without what a reader does not see as a difference: case, white space, invisible
    characters, and other forms of the same characters (full width, ligatures, accents apart)."""
    plain = unicodedata.normalize("NFKC", tame(name)).casefold()
    return "".join(unicodedata.normalize("NFKC", plain).split())
