"""What the public page of one model says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.states import CardState, Probe
from arena.core.errors import NotFound
from arena.leaderboard.models import PairCount, Snapshot
from arena.leaderboard.selectors.ledger import OVERALL
from arena.leaderboard.selectors.standings import Line, standings
from arena.leaderboard.states import Result

HISTORY = 30
"""Snapshots that the page looks back on."""


@dataclass(slots=True)
class Record:
    """How the model did against one other."""

    opponent: ModelCard
    wins: int = 0
    losses: int = 0
    ties: int = 0

    @property
    def votes(self) -> int:
        """All votes on this pair."""
        return self.wins + self.losses + self.ties


@dataclass(frozen=True, slots=True)
class Point:
    """The model's rating in one snapshot."""

    at: datetime
    ledger_number: int
    rating: float
    rating_lower: float
    rating_upper: float


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Everything that the page shows; ``history`` runs from old to new."""

    card: ModelCard
    line: Line | None
    records: list[Record]
    versions: list[ModelVersion]
    history: list[Point]


def model_page(slug: str) -> ModelPage:
    """Raises NotFound for a card that has never been public."""
    card = ModelCard.objects.filter(slug=slug).exclude(state=CardState.DRAFT).first()
    if card is None:
        raise NotFound
    lines = (line for line in standings().lines if line.model_name == slug)
    return ModelPage(
        card=card,
        line=next(lines, None),
        records=_records(card),
        versions=list(card.versions.filter(probe=Probe.PASSED).order_by("-number")),
        history=_history(slug),
    )


def _records(card: ModelCard) -> list[Record]:
    """Against each opponent, the most frequent first."""
    counts = PairCount.objects.filter(Q(card_a=card) | Q(card_b=card), votes__gt=0)
    records: dict[int, Record] = {}
    for count in counts.select_related("card_a", "card_b"):
        on_a = count.card_a_id == card.pk
        opponent = count.card_b if on_a else count.card_a
        record = records.setdefault(opponent.pk, Record(opponent))
        _add(record, Result(count.outcome), count.votes, on_a=on_a)
    return sorted(records.values(), key=lambda record: (-record.votes, record.opponent.name))


def _add(record: Record, result: Result, votes: int, *, on_a: bool) -> None:
    if result in (Result.TIE, Result.BOTH_BAD):
        record.ties += votes
    elif (result == Result.A) == on_a:
        record.wins += votes
    else:
        record.losses += votes


def _history(slug: str) -> list[Point]:
    newest = Snapshot.objects.filter(board__slug=OVERALL).order_by("-id")[:HISTORY]
    points = [_point(snapshot, slug) for snapshot in newest]
    return [point for point in reversed(points) if point is not None]


def _point(snapshot: Snapshot, slug: str) -> Point | None:
    row = next((row for row in snapshot.rows if row["model"] == slug), None)
    if row is None or row["state"] != "rated":
        return None
    return Point(
        at=snapshot.created_at,
        ledger_number=snapshot.ledger_number,
        rating=row["rating"],
        rating_lower=row["rating_lower"],
        rating_upper=row["rating_upper"],
    )
