"""Rules for text that both programs can store and send."""

from __future__ import annotations


def writable(text: str) -> str:
    """Return ``text`` without NUL, and with U+FFFD for each half of a surrogate pair that is alone.

    Neither UTF-8 nor a database's text can hold these; both halves together become the character.
    """
    pairs = text.replace("\0", "").encode("utf-16-le", "surrogatepass")
    return pairs.decode("utf-16-le", "replace")
