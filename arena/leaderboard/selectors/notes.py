"""What a board is about, and what its fit found beside the ratings, in a reader's words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from arena.labels.selectors import category_name, language_name
from arena.leaderboard.models import Board, Snapshot

STYLE: dict[str, StrPromise] = {
    "length": _("longer"),
    "headers": _("more headings"),
    "lists": _("more list items"),
    "bold": _("more bold text"),
}
TIES: dict[str, StrPromise] = {"tie": _("Both good"), "both_bad": _("Both bad")}


@dataclass(frozen=True, slots=True)
class About:
    """Names of what the board is confined to, empty where it is not."""

    category: str
    language: str


@dataclass(frozen=True, slots=True)
class Note:
    """A number with its 95% interval."""

    words: StrPromise
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Notes:
    """``style``: points that a typical difference is worth; ``ties``: percent between equals;
    ``voters``: how many the intervals effectively rest on, None where they don't."""

    style: list[Note]
    ties: list[Note]
    voters: float | None


def about(board: Board) -> About:
    """In the reader's language."""
    return About(
        category_name(board.category) if board.category else "",
        language_name(board.language) if board.language else "",
    )


def notes(snapshot: Snapshot | None) -> Notes:
    """Empty where the method finds nothing beside ratings."""
    found = snapshot.details if snapshot else {}
    style, ties = found.get("style", {}), found.get("tendencies", {})
    return Notes(
        style=[
            Note(words, row["coefficient"], row["lower"], row["upper"])
            for name, words in STYLE.items()
            if (row := style.get(name))
        ],
        ties=[
            Note(words, 100 * row["chance"], 100 * row["lower"], 100 * row["upper"])
            for name, words in TIES.items()
            if (row := ties.get(name))
        ],
        voters=found.get("effective_voters"),
    )
