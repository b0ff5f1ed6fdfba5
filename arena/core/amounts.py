"""Large numbers as people say them."""

from __future__ import annotations


def short_count(count: int) -> str:
    """Return a number with three digits and its unit, as in "7.25B", "450M" or "12k"."""
    for unit, letter in ((10**9, "B"), (10**6, "M"), (1000, "k")):
        if count >= unit:
            return f"{count / unit:.3g}{letter}"
    return str(count)
