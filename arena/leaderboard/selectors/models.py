"""What the public page of one model says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.states import CardState, Probe
from arena.core.errors import NotFound
from arena.leaderboard.models import Board, PairCount, Snapshot
from arena.leaderboard.selectors.boards import boards
from arena.leaderboard.selectors.history import Point, histories, snapshots_of
from arena.leaderboard.selectors.ledger import OVERALL
from arena.leaderboard.selectors.plot import Curve, HistoryPlot, history_plot
from arena.leaderboard.selectors.standings import Line, line_of
from arena.leaderboard.states import Result

HUB = "https://huggingface.co"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""Owner and name; a folder of the worker's machine starts with a slash or has more of them."""


@dataclass(slots=True)
class Record:
    """How the model did against one other."""

    opponent: ModelCard
    wins: int = 0
    losses: int = 0
    ties: int = 0
    both_bad: int = 0

    @property
    def votes(self) -> int:
        """All votes on this pair."""
        return self.wins + self.losses + self.ties + self.both_bad

    @property
    def percent(self) -> float:
        """Of the points; ties of both kinds are half a win."""
        return 100 * (self.wins + (self.ties + self.both_bad) / 2) / self.votes

    @property
    def bar(self) -> list[tuple[str, str, str]]:
        """What of all votes is won, tied, bad and lost: name, beginning and width in percent."""
        shares = {"won": self.wins, "tied": self.ties, "bad": self.both_bad, "lost": self.losses}
        marks, start = [], 0
        for name, votes in shares.items():
            places = (100 * start / self.votes, 100 * votes / self.votes)
            marks.append((name, f"{places[0]:.2f}%", f"{places[1]:.2f}%"))
            start += votes
        return [mark for mark in marks if shares[mark[0]]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The model's line on one board, with that board's newest snapshot."""

    board: Board
    snapshot: Snapshot
    line: Line


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Everything that the page shows; ``history`` runs from old to new."""

    card: ModelCard
    standings: list[Standing]
    records: list[Record]
    versions: list[ModelVersion]
    history: list[Point]
    plot: HistoryPlot | None

    @property
    def line(self) -> Line | None:
        """On the overall board."""
        return next((s.line for s in self.standings if s.board.slug == OVERALL), None)

    @property
    def curve(self) -> Curve | None:
        """The history as a plot; None where it has only one point."""
        return self.plot.curves[self.card.slug] if self.plot else None

    @property
    def hub(self) -> str:
        """Where the newest version's weights can be read about; empty unless it is a Hub id."""
        newest = next(iter(self.versions), None)
        public = newest and newest.backend == "transformers" and HUB_ID.fullmatch(newest.source)
        return f"{HUB}/{newest.source}" if newest and public else ""


def model_page(slug: str) -> ModelPage:
    """Raises NotFound for a card that has never been public."""
    card = ModelCard.objects.filter(slug=slug).exclude(state=CardState.DRAFT).first()
    if card is None:
        raise NotFound
    overall = Board.objects.filter(slug=OVERALL).first()
    track = histories(snapshots_of(overall), [slug]) if overall else {slug: []}
    return ModelPage(
        card=card,
        standings=_standings(card),
        records=_records(card),
        versions=list(card.versions.filter(probe=Probe.PASSED).order_by("-number")),
        history=[point for point in track[slug] if point],
        plot=history_plot(track),
    )


def _standings(card: ModelCard) -> list[Standing]:
    """On every active board that has met the model. Three queries."""
    newest = Snapshot.objects.filter(board=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    own = Board.objects.annotate(newest=Subquery(newest)).values_list("pk", "newest")
    latest = {board: pk for board, pk in own if pk}
    snapshots = Snapshot.objects.in_bulk(latest.values())
    shown = [(board, snapshots[latest[board.pk]]) for board in boards() if board.pk in latest]
    found = [(board, snapshot, _row(snapshot, card.slug)) for board, snapshot in shown]
    return [
        Standing(board, snapshot, line_of(card, row))
        for board, snapshot, row in found
        if row is not None
    ]


def _row(snapshot: Snapshot, slug: str) -> dict[str, Any] | None:
    return next((row for row in snapshot.rows if row["model"] == slug), None)


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
    if result == Result.TIE:
        record.ties += votes
    elif result == Result.BOTH_BAD:
        record.both_bad += votes
    elif (result == Result.A) == on_a:
        record.wins += votes
    else:
        record.losses += votes
