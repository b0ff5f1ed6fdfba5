"""The vocabulary of the demo models: colours, shapes, characters, words and emoji.

The order of every tuple is part of the checkpoints' training targets; append, never reorder.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

Rgb = tuple[int, int, int]

COLOURS: Final[dict[str, Rgb]] = {
    "red": (220, 40, 40),
    "green": (40, 160, 60),
    "blue": (45, 85, 220),
    "yellow": (245, 215, 50),
    "orange": (245, 140, 30),
    "purple": (135, 60, 180),
    "pink": (250, 150, 195),
    "brown": (125, 75, 40),
    "gray": (135, 135, 140),
    "black": (25, 25, 28),
    "white": (250, 250, 250),
    "cyan": (60, 200, 220),
}
SHAPES: Final = ("circle", "square", "triangle", "star", "heart", "diamond", "cross", "ring")
CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NUMBERS: Final = ("zero", "one", "two", "three", "four", "five", "six")
VERTICAL: Final = ("top", "middle", "bottom")
HORIZONTAL: Final = ("left", "center", "right")

# Never drawn in training, so that a right answer about them is a composition and not a memory.
HELD_OUT_PAIRS: Final = frozenset(
    {
        ("red", "heart"),
        ("green", "star"),
        ("blue", "diamond"),
        ("yellow", "circle"),
        ("purple", "square"),
        ("orange", "triangle"),
        ("pink", "cross"),
        ("cyan", "ring"),
    }
)

_FOLDER = Path(__file__).parent


@cache
def words() -> tuple[str, ...]:
    """Short words of 2 to 6 capitals."""
    return tuple((_FOLDER / "words.txt").read_text(encoding="ascii").split())


@cache
def emoji() -> dict[str, str]:
    """Noun phrase ("a hot dog") to its single code point."""
    rows = (_FOLDER / "emoji.tsv").read_text(encoding="ascii").splitlines()
    pairs = (row.split("\t") for row in rows)
    return {noun: chr(int(code, 16)) for code, noun in pairs}
