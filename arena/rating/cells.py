"""Cells of CSV that a spreadsheet would run as a formula."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The beginnings of a cell that a spreadsheet takes for a formula."""


def neutral_cell(text: str) -> str:
    """Return the text with an apostrophe in front where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def plain_cell(text: str) -> str:
    """Return the text without the apostrophe of ``neutral_cell``."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
