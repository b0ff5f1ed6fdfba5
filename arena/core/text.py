"""The character policy for text that nobody vouches for: model answers and prompts.

Sanitising HTML does not touch what is no markup: control characters, escape sequences, direction
overrides, invisible and tag characters. Each of them can hide or reorder what a reader sees.
"""

from __future__ import annotations

import re
import unicodedata

_KEEP = {"\n", "\t"}
# Joiners are part of writing (emoji, Persian, Indic scripts); other format characters aren't.
_JOINERS = {"\u200c", "\u200d"}
_DIRECTION_MARKS = {"\u200e", "\u200f", "\u061c"}
# Letters and marks by category, and yet nothing to see: fillers, the grapheme joiner, and the
# supplementary variation selectors, of which a whole hidden message can be made.
_BLANK = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"}

_LINE_END = r"\r\n|[\r\v\f\x85\u2028\u2029]"
# A black flag and the code of a country's part in tag characters, such as that of Scotland: two
# letters and up to three letters or digits, then the tag that ends it (Unicode TR 51, ED-14a).
_FLAG = (
    "\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}"
    "\U000e007f"
)
_TO_LOOK_AT = re.compile(rf"(?P<end>{_LINE_END})|(?P<flag>{_FLAG})|[^\n\t -~]")
_INCOMPLETE = re.compile("(?:\r|\U0001f3f4[\U000e0030-\U000e007a]{0,5})\\Z")


def strip_unsafe_characters(text: str) -> str:
    """Return ``text`` without control, direction-override, invisible and stray tag characters.

    Every line end that Unicode knows becomes a line feed. All else stays as it is, flags that are
    written with tag characters among it.
    """
    return _TO_LOOK_AT.sub(_stripped, text)


def strip_unsafe_piece(text: str) -> tuple[str, str]:
    """Return what is known of a text that goes on, tamed, and the end that more text may change.

    Put before the next piece, that end makes taming by pieces the same as taming the whole.
    """
    open_end = _INCOMPLETE.search(text)
    border = open_end.start() if open_end else len(text)
    return strip_unsafe_characters(text[:border]), text[border:]


def unify_line_ends(text: str) -> str:
    """Return ``text`` with a line feed for every line end that Unicode knows."""
    return re.sub(_LINE_END, "\n", text)


def _stripped(match: re.Match[str]) -> str:
    found = match[0]
    if match["end"]:
        return "\n"
    if match["flag"] or " " <= found <= "~" or found in _KEEP:
        return found
    if found in _JOINERS or found in _DIRECTION_MARKS:
        return found
    if found in _BLANK or "\U000e0000" <= found <= "\U000e0fff":
        return ""
    if "\U0001f000" <= found <= "\U0001faff":
        return found  # pictographs, also those that are younger than Python's tables
    hidden = unicodedata.category(found) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return "" if hidden else found
