"""The newest snapshot joined with what the catalogue says of its models: two queries, always."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Any

from django.db.models import Q

from arena.catalog.models import ModelCard
from arena.catalog.states import CardState
from arena.leaderboard.models import Snapshot
from arena.leaderboard.selectors.ledger import OVERALL, latest

NUMBERS = (
    *("rating", "rating_lower", "rating_upper", "rank", "rank_lower", "rank_upper"),
    *("win_rate", "tier", "borrowed"),
)
"""What a row of a snapshot and a line have under the same name."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Line:
    """One model on the board, under the public names of pages, API and CSV.

    Ratings, ranks and tiers are None unless ``state`` is ``rated``; ``win_rate`` is None without
    votes. ``interval`` says what the interval rests on: votes, voters, style or pooled;
    ``borrowed`` which share of a pooled rating comes from the other votes.
    """

    model_name: str
    display_name: str
    organization: str
    license: str
    status: str
    state: str
    rating: float | None = None
    rating_lower: float | None = None
    rating_upper: float | None = None
    rank: int | None = None
    rank_lower: int | None = None
    rank_upper: int | None = None
    vote_count: int = 0
    win_rate: float | None = None
    tier: int | None = None
    interval: str = ""
    borrowed: float | None = None

    @property
    def win_percent(self) -> float | None:
        """``win_rate`` for people."""
        return None if self.win_rate is None else 100 * self.win_rate


CSV_FIELDS = tuple(field.name for field in fields(Line))


@dataclass(frozen=True, slots=True)
class Standings:
    """A board as it stands: its snapshot, None before the first vote, and its lines."""

    snapshot: Snapshot | None
    lines: tuple[Line, ...]

    @property
    def etag(self) -> str:
        """Changes with the snapshot and with what the catalogue says of its models."""
        catalogue = [
            (x.model_name, x.display_name, x.organization, x.license, x.status) for x in self.lines
        ]
        facts = repr((self.snapshot.etag if self.snapshot else "", catalogue))
        return hashlib.sha256(facts.encode()).hexdigest()

    @property
    def votes(self) -> int:
        """How many votes count; each is one of two models' votes."""
        return sum(line.vote_count for line in self.lines) // 2

    @property
    def min_votes(self) -> int:
        """How many votes a model needs before it gets a number."""
        return int(self.snapshot.parameters["min_votes"]) if self.snapshot else 0

    @property
    def rests_on(self) -> str:
        """What every interval of the board rests on; empty where they differ."""
        kinds = {line.interval for line in self.lines if line.rating is not None}
        return kinds.pop() if len(kinds) == 1 else ""


def standings(board: str = OVERALL) -> Standings:
    """Models in the snapshot's order, then active ones without a vote, by name."""
    snapshot = latest(board)
    rows = {row["model"]: row for row in snapshot.rows} if snapshot else {}
    shown = ModelCard.objects.filter(Q(slug__in=rows) | Q(state=CardState.ACTIVE))
    cards = {card.slug: card for card in shown}
    silent = [slug for slug in cards if slug not in rows]
    lines = [line_of(cards[slug], row) for slug, row in rows.items()]
    return Standings(snapshot, (*lines, *(line_of(cards[slug], None) for slug in silent)))


def as_csv(lines: Iterable[Line]) -> str:
    """Header and one line per model. No cell starts a formula in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_FIELDS)
    writer.writerows([_cell(value) for value in astuple(line)] for line in lines)
    return out.getvalue()


def line_of(card: ModelCard, row: dict[str, Any] | None) -> Line:
    """What the catalogue and a row of a snapshot say together; None: no vote yet."""
    row = row or {"state": "too_few_votes"}
    return Line(
        model_name=card.slug,
        display_name=card.name,
        organization=card.organization,
        license=card.license,
        status=card.state,
        state=row["state"],
        **{name: row.get(name) for name in NUMBERS},
        vote_count=row.get("votes", 0),
        interval=row.get("interval") or "",
    )


def _cell(value: str | float | None) -> str | float | None:
    """Text that a spreadsheet would run gets an apostrophe in front; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
