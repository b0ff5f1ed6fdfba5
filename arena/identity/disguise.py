"""Names whose letters are spelled one by one, put in other signs, hidden or turned round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SIGNS = {
    "a": "4@",
    "b": "8",
    "e": "3€",
    "g": "69",
    "i": "1!|",
    "l": "1|!",
    "o": "0",
    "s": "5$",
    "t": "7+",
    "z": "2",
}
_HIDDEN = r"(?:_|[^\w\s.,;:!?\"'()/&-])"
"""A sign that replaces an omitted letter: "Q*en"."""
_MARK = r"[_*|~^+=/\\.\-]?"
"""A sign that may stand between two letters: "Qw_en"."""
_SPLIT = r"[_*|~^+=/\\.\-\s]?"
"""Likewise, or a blank: "Q wen"."""
_BETWEEN = r"[\W_]{1,3}(?:(?:as in|like|wie|comme|como|come|как)\s\w{1,12}[\W_]{1,3})?"
"""What parts letters that are spelled one by one: "Q, w", "Q as in queen, w"."""
_TURNED = str.maketrans("nubdpq", "unqpdb")
"""Letters that become others when the name stands on its head."""
_LEAST_SPELLED, _LEAST_DISGUISED, _LEAST_EVERYDAY = 3, 4, 5
"""Letters of a name below which too much else would look like it."""


_LEAST_SWAPPED = 6
"""Letters of a name below which another word may be the same but for two swapped letters."""
_PET_ENDING = r"(?:n?y|ie|chen|lein|it[oa]|inh[oa]|ster|bot)"
"""Endings of the names that friends use: "Qwenny"."""


def disguises(parts: Sequence[str], *, everyday: bool) -> Iterator[str]:
    """Yield patterns for a Latin name in lower case, given as its runs of letters and digits."""
    letters = "".join(parts)
    if len(letters) < (_LEAST_EVERYDAY if everyday else _LEAST_SPELLED):
        return
    signs = [
        f"[{re.escape(letter + _SIGNS[letter])}]" if letter in _SIGNS else re.escape(letter)
        for letter in letters
    ]
    yield _BETWEEN.join(signs)
    if len(letters) < _LEAST_DISGUISED or not letters.isalpha():
        return
    yield (_MARK if everyday else _SPLIT).join(f"{sign}{{1,3}}" for sign in signs)
    # A long name with two letters beside each other in the wrong order, not its first.
    places = range(1, len(letters) - 1) if len(letters) >= _LEAST_SWAPPED else ()
    yield from (
        letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :]
        for at in places
        if letters[at] != letters[at + 1]
    )
    if everyday:
        return
    yield re.escape(letters) + _PET_ENDING
    turned = letters.translate(_TURNED)
    pairs = zip(letters[::-1], turned[::-1], strict=True)
    yield "".join(f"[{one}{other}]" for one, other in pairs)
    for first in range(1, len(letters) - 1):
        for size in (1, 2):
            if first + size < len(letters):
                shown = letters[:first], letters[first + size :]
                yield f"{_HIDDEN}{{1,{size}}}".join(map(re.escape, shown))
