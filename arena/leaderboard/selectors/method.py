"""The numbers on the methodology page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from arena.boards.models import Snapshot
from arena.boards.selectors import PairingPolicy, latest, pairing_policy
from arena.leaderboard.selectors.notes import MethodWords, methods_in_words
from arena.leaderboard.selectors.plot import IntervalMark, PlotAxis, PlotPoint
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.head import LedgerHead, head
from arena.ledger.states import EntryKind, ExclusionReason
from arena.rating.fit import STANDARD_SCALE

LEADS = (0, 100, 200, 400)
"""Differences in points that the page gives the chance of."""
SPAN = 600
"""Points to either side that the curve shows."""
EXAMPLE = (("A", 1105, 1085, 1125, 1), ("B", 1090, 1070, 1110, 1), ("C", 1000, 985, 1015, 2))
"""Name, rating, lower and upper end, tier: three models that the page explains intervals by."""


@dataclass(frozen=True, slots=True)
class MovedVotes:
    """The number of votes that were taken out and put back for one reason."""

    reason: str
    out: int
    back: int


@dataclass(frozen=True, slots=True)
class ExampleModel:
    """A made-up model with its place in a plot."""

    name: str
    rating: int
    lower: int
    upper: int
    tier: int
    mark: IntervalMark


@dataclass(frozen=True, slots=True)
class MethodPage:
    """``curve`` is the chance to win over the lead in points, in a box of 100 by 100."""

    head: LedgerHead
    snapshot: Snapshot | None
    policy: PairingPolicy
    min_votes: int
    moved: list[MovedVotes]
    curve: str
    leads: list[tuple[int, int, PlotPoint]]
    examples: list[ExampleModel]
    methods: list[MethodWords]

    @property
    def floor(self) -> int:
        """Return the evenly spread share of the draw, in percent."""
        return round(100 * self.policy.floor)

    @property
    def chances(self) -> list[tuple[StrPromise, str]]:
        """Return the probability of a pair, from the rarest to the most frequent."""
        policy = self.policy
        named = [
            (_("Rarest pair"), policy.lowest),
            (_("Middle pair"), policy.median),
            (_("Most frequent pair"), policy.highest),
            (_("If all were alike"), policy.even),
        ]
        return [(words, f"{100 * chance:.3g}%") for words, chance in named if chance is not None]


def method_page() -> MethodPage:
    """Return the page of the methods: six queries, whatever the size of the ledger."""
    points = (_place(lead) for lead in range(-SPAN, SPAN + 1, 25))
    axis = PlotAxis(960, 1140)
    # The partial index of entries that are no votes serves this.
    later = LedgerEntry.objects.exclude(kind=EntryKind.VOTE).order_by()
    rows = later.values("reason").annotate(
        out=Count("pk", Q(kind=EntryKind.EXCLUSION)),
        back=Count("pk", Q(kind=EntryKind.RESTORATION)),
    )
    moved = [
        MovedVotes(str(ExclusionReason(row["reason"]).label), row["out"], row["back"])
        for row in rows
    ]
    return MethodPage(
        head=head(),
        snapshot=latest(),
        policy=pairing_policy(),
        min_votes=settings.BOARD_MIN_VOTES,
        moved=sorted(moved, key=lambda one: -one.out),
        curve="M" + "L".join(f"{place.x} {place.y}" for place in points),
        leads=[(lead, round(100 * chance(lead)), _place(lead)) for lead in LEADS],
        examples=[
            ExampleModel(
                *row, IntervalMark(axis.place(row[2]), axis.place(row[1]), axis.place(row[3]))
            )
            for row in EXAMPLE
        ],
        methods=methods_in_words(),
    )


def chance(lead: float) -> float:
    """Return the chance of a lead in points to win a battle (Bradley and Terry, 1952)."""
    return 1.0 / (1.0 + math.exp(-lead / STANDARD_SCALE.per_nat))


def _place(lead: float) -> PlotPoint:
    across, upright = PlotAxis(-SPAN, SPAN), PlotAxis(1.0, 0.0)
    return PlotPoint(across.units(lead), upright.units(chance(lead)))
