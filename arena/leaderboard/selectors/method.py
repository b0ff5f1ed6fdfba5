"""What the methodology page says in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from arena.leaderboard.models import LedgerEntry, Snapshot
from arena.leaderboard.selectors.boards import Policy, policy
from arena.leaderboard.selectors.ledger import Head, head, latest
from arena.leaderboard.selectors.plot import Axis, Mark, Place
from arena.leaderboard.states import Kind, Reason
from arena.rating.fit import STANDARD

LEADS = (0, 100, 200, 400)
"""Differences in points that the page gives the chance of."""
SPAN = 600
"""Points to either side that the curve shows."""
EXAMPLE = (("A", 1105, 1085, 1125, 1), ("B", 1090, 1070, 1110, 1), ("C", 1000, 985, 1015, 2))
"""Name, rating, lower and upper end, tier: three models that the page explains intervals by."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How often votes were taken out of the counts and put back for one reason."""

    reason: str
    out: int
    back: int


@dataclass(frozen=True, slots=True)
class Example:
    """A made-up model with its place in a plot."""

    name: str
    rating: int
    lower: int
    upper: int
    tier: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class MethodPage:
    """``curve`` is the chance to win over the lead in points, in a box of 100 by 100."""

    head: Head
    snapshot: Snapshot | None
    policy: Policy
    min_votes: int
    moved: list[Moved]
    curve: str
    leads: list[tuple[int, int, Place]]
    examples: list[Example]

    @property
    def floor(self) -> int:
        """The evenly spread share of the draw, in percent."""
        return round(100 * self.policy.floor)

    @property
    def chances(self) -> list[tuple[StrPromise, str]]:
        """What the probability of a pair is, from the rarest to the most frequent."""
        policy = self.policy
        named = [
            (_("Rarest pair"), policy.lowest),
            (_("Middle pair"), policy.median),
            (_("Most frequent pair"), policy.highest),
            (_("If all were alike"), policy.even),
        ]
        return [(words, f"{100 * chance:.3g}%") for words, chance in named if chance is not None]


def method_page() -> MethodPage:
    """Six queries, whatever the size of the ledger."""
    return MethodPage(
        head=head(),
        snapshot=latest(),
        policy=policy(),
        min_votes=settings.BOARD_MIN_VOTES,
        moved=_moved(),
        curve=_curve(),
        leads=[(lead, round(100 * chance(lead)), _place(lead)) for lead in LEADS],
        examples=_examples(),
    )


def chance(lead: float) -> float:
    """That the model which leads by so many points wins a battle (Bradley and Terry, 1952)."""
    return 1.0 / (1.0 + math.exp(-lead / STANDARD.per_nat))


def _moved() -> list[Moved]:
    """By reason. Reads the entries that are no votes, which a partial index holds."""
    later = LedgerEntry.objects.exclude(kind=Kind.VOTE).order_by()
    rows = later.values("reason").annotate(
        out=Count("pk", Q(kind=Kind.EXCLUSION)), back=Count("pk", Q(kind=Kind.RESTORATION))
    )
    return sorted(
        (Moved(str(Reason(row["reason"]).label), row["out"], row["back"]) for row in rows),
        key=lambda moved: -moved.out,
    )


def _curve() -> str:
    points = (_place(lead) for lead in range(-SPAN, SPAN + 1, 25))
    return "M" + "L".join(f"{place.x} {place.y}" for place in points)


def _place(lead: float) -> Place:
    across, upright = Axis(-SPAN, SPAN), Axis(1.0, 0.0)
    return Place(across.units(lead), upright.units(chance(lead)))


def _examples(of: Sequence[tuple[str, int, int, int, int]] = EXAMPLE) -> list[Example]:
    axis = Axis(960, 1140)
    return [
        Example(*row, Mark(axis.place(row[2]), axis.place(row[1]), axis.place(row[3])))
        for row in of
    ]
