"""The style features of an answer that a method may hold equal."""

from __future__ import annotations

from enum import StrEnum


class StyleFeature(StrEnum):
    """A count of an answer's style; the value names it in vote files, fits and snapshots.

    The order of the members is the order of the columns of `Comparisons.features`.
    """

    TOKEN_LENGTH = "token_length"  # noqa: S105 (a count of words, no secret)
    HEADERS = "headers"
    LISTS = "lists"
    BOLD = "bold"
