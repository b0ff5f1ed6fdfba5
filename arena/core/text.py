"""The character policy for text that nobody vouches for: model answers and prompts.

Sanitising HTML does not touch what is no markup: control characters, escape sequences, direction
overrides, invisible and tag characters. Each of them can hide or reorder what a reader sees.
"""

from __future__ import annotations

import unicodedata

_KEEP = {"\n", "\t"}
# Joiners are part of writing (emoji, Persian, Indic scripts); other format characters aren't.
_JOINERS = {"\u200c", "\u200d"}
_DIRECTION_MARKS = {"\u200e", "\u200f", "\u061c"}
# Letters and marks by category, and yet nothing to see: fillers, the grapheme joiner, and the
# supplementary variation selectors, of which a whole hidden message can be made.
_BLANK = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"}


def tame(text: str) -> str:
    """Drop control, direction-override, invisible and tag characters; unify line ends.

    Works character by character, so that taming pieces and joining them gives the same as taming
    the whole.
    """
    return "".join(character for character in text if _visible(character))


def storable(text: str) -> str:
    """Without the two things that a database or a JSON encoder refuses: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _visible(character: str) -> bool:
    if " " <= character <= "~" or character in _KEEP:
        return True
    if character in _JOINERS or character in _DIRECTION_MARKS:
        return True
    if character in _BLANK or "\U000e0000" <= character <= "\U000e0fff":
        return False
    if "\U0001f000" <= character <= "\U0001faff":
        return True  # pictographs, also those that are younger than Python's tables
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
