"""Compare the widths of the overall board's intervals with the width that the arena wants."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from arena.boards.selectors import latest
from arena.catalog.models import ModelCard
from arena.catalog.states import CardState
from arena.ledger.selectors.tallies import split_name

_AIR = 1.1
"""The longest bar ends a little before the edge."""


@dataclass(frozen=True, slots=True)
class IntervalWidth:
    """A model's interval in points; ``bar`` is its length in percent of the widest one's."""

    model: str
    votes: int
    width: float | None
    bar: str = "0"

    @property
    def is_narrow(self) -> bool:
        """Return whether it is as narrow as the arena wants it."""
        return self.width is not None and self.width <= settings.INTERVAL_GOAL


@dataclass(frozen=True, slots=True)
class IntervalOverview:
    """The board's active models, the widest first; ``goal_at`` is the place of the goal.

    ``is_new`` before the first snapshot, and ``unlisted`` are active models that are on no board.
    """

    rows: list[IntervalWidth]
    goal: float
    goal_at: str = "0"
    is_new: bool = False
    unlisted: tuple[str, ...] = ()

    @property
    def narrow(self) -> int:
        """Return how many intervals are as narrow as the arena wants them."""
        return sum(row.is_narrow for row in self.rows)


def interval_overview() -> IntervalOverview:
    """Return the widths of the active models in the newest snapshot; no rows before the first one.

    Two queries.
    """
    goal, newest = settings.INTERVAL_GOAL, latest()
    active = list(ModelCard.objects.filter(state=CardState.ACTIVE).order_by("name"))
    names = {card.slug: card.name for card in active}
    unlisted = tuple(card.name for card in active if card.unlisted)
    found: list[tuple[str, int, float | None]] = []
    for row in newest.rows if newest else []:
        slug, number = split_name(row["model"])
        if slug in names:
            low, high = row.get("rating_lower"), row.get("rating_upper")
            # With the number of a version where the board rates versions.
            shown = names[slug] if number is None else f"{names[slug]}, v{number}"
            width = None if low is None or high is None else high - low
            found.append((shown, row["votes"], width))
    longest = _AIR * max([goal, *(width for *_, width in found if width)])
    rows = [
        IntervalWidth(model, votes, width, f"{100 * (width or longest) / longest:.1f}")
        for model, votes, width in found
    ]
    rows.sort(key=lambda row: (row.width is not None, -(row.width or 0.0), row.model))
    return IntervalOverview(rows, goal, f"{100 * goal / longest:.1f}", newest is None, unlisted)
