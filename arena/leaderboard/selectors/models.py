"""The content of the public page of a model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.db.models import OuterRef, Subquery

from arena.battle_pages.words import task_words
from arena.boards.models import Board, Snapshot
from arena.boards.selectors import OVERALL, boards
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.selectors import public_cards
from arena.catalog.states import CardState, ProbeResult
from arena.core.errors import NotFound
from arena.feedback.selectors import (
    CorrectnessScore,
    ReasonCount,
    correctness_scores,
    reasons_about,
)
from arena.leaderboard.selectors.history import RatingPoint, histories, snapshots_of
from arena.leaderboard.selectors.plot import HistoryPlot, RatingCurve, history_plot
from arena.leaderboard.selectors.records import OpponentRecord, opponent_records
from arena.leaderboard.selectors.standings import BoardLine, line_of
from arena.leaderboard.selectors.tuning import RelatedModel, related_models
from arena.ledger.selectors.tallies import split_name
from inference_worker.wire import manifests

HUB = "https://huggingface.co"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""Owner and name; a folder of the worker's machine starts with a slash or has more of them."""


@dataclass(frozen=True, slots=True)
class BoardStanding:
    """The model's line on one board, with that board's newest snapshot."""

    board: Board
    snapshot: Snapshot
    line: BoardLine


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Everything that the page shows; ``history`` runs from old to new, and ``related`` has the
    base of a tuned model and the models that were tuned from this one."""

    card: ModelCard
    standings: list[BoardStanding]
    records: list[OpponentRecord]
    related: list[RelatedModel]
    versions: list[ModelVersion]
    history: list[RatingPoint]
    plot: HistoryPlot | None

    @property
    def line(self) -> BoardLine | None:
        """Return the newest version's line on the overall board."""
        return next((s.line for s in self.standings if s.board.slug == OVERALL), None)

    @property
    def curve(self) -> RatingCurve | None:
        """Return the history as a plot; None where it has only one point."""
        return next(iter(self.plot.curves.values())) if self.plot else None

    @property
    def is_askable(self) -> bool:
        """Return whether visitors may ask it by name while a worker serves it."""
        return settings.NAMED_QUESTIONS and self.card.state == CardState.ACTIVE

    @property
    def reasons(self) -> list[ReasonCount]:
        """Return the reasons that voters gave for and against its answers."""
        return reasons_about(self.card.pk)

    @property
    def correctness(self) -> CorrectnessScore | None:
        """Return how voters judged whether its answers are right; None without a judgement."""
        return next(iter(correctness_scores([self.card.pk])), None)

    @property
    def accuracy(self) -> list[tuple[str, float]]:
        """Return what was measured on the card's tasks, in the reader's language."""
        measured: dict[str, float] = self.card.accuracy
        return [(task_words(task), share) for task, share in measured.items()]

    @property
    def hub(self) -> str:
        """Return the page of the newest version's weights; empty unless it is a Hub id."""
        newest = next(iter(self.versions), None)
        manifest = manifests.find(newest.backend) if newest else None
        if newest and manifest and manifest.hub and HUB_ID.fullmatch(newest.source):
            return f"{HUB}/{newest.source}"
        return ""


def model_page(slug: str) -> ModelPage:
    """Return the page of a card. Raise NotFound for one that has never been public."""
    card = public_cards().filter(slug=slug).first()
    if card is None:
        raise NotFound
    newest = Snapshot.objects.filter(board=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    own = Board.objects.annotate(newest=Subquery(newest)).values_list("pk", "newest")
    latest = {board: pk for board, pk in own if pk}
    snapshots = Snapshot.objects.in_bulk(latest.values())
    shown = [(board, snapshots[latest[board.pk]]) for board in boards() if board.pk in latest]
    found = []
    for board, snapshot in shown:
        named = ((split_name(row["model"]), row) for row in snapshot.rows)
        rows = [(number, row) for (name, number), row in named if name == card.slug]
        rows.sort(key=lambda pair: -(pair[0] or 0))  # of its versions, the newest first
        for number, row in rows:
            line = line_of(card, row, number, several=len(rows) > 1)
            found.append(BoardStanding(board, snapshot, line))
    overall = next((one for one in found if one.board.slug == OVERALL), None)
    name = overall.line.name if overall else slug
    track = histories(snapshots_of(overall.board), [name]) if overall else {name: []}
    records = opponent_records(card)
    return ModelPage(
        card=card,
        standings=found,
        records=records,
        related=related_models(card, records),
        versions=list(card.versions.filter(probe=ProbeResult.PASSED).order_by("-number")),
        history=[point for point in track[name] if point],
        plot=history_plot(track),
    )
