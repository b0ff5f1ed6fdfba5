"""The boards: as they stand, as they stood, and what changed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Schema
from pydantic import Field

from arena.api.answers import Content, respond
from arena.api.selectors import telling
from arena.api.services.reproducing import body_of
from arena.api.views.base import reading
from arena.api.views.questions import SLUG, WORDS, BoardPageQuestion, Etag, ModelName, TableQuestion
from arena.boards.models import Snapshot
from arena.boards.selectors import OVERALL, filter_of, latest
from arena.catalog.states import LISTED
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.view import BoardView
from arena.ledger.services.tallies import tally
from arena.ledger.states import RatedUnit
from arena.rating.fit import RatingState
from arena.resources.record_schemas import (
    ChangeList,
    HeadToHead,
    PairMatrix,
    PairRow,
    RatingChange,
    SnapshotBody,
    SnapshotList,
    SnapshotRow,
    SnapshotSummary,
)
from arena.resources.schemas import BoardList, BoardSummary, LeaderboardAnswer, LeaderboardRow
from arena.resources.selectors import leaderboards, pairs, scores, snapshots
from arena.resources.selectors.leaderboards import BoardQuestion
from arena.resources.shape_schemas import CatalogRating, EvaluationRecord

NAMED = r"^[-a-zA-Z0-9_]{1,50}(@[0-9]{1,9})?$"
"""A model, or a version of one."""


class LeaderboardQuestion(BoardPageQuestion):
    """The rows of a board, and their form."""

    q: str = Field(
        "", max_length=100, pattern=WORDS, description="Words in name, key or organisation."
    )
    organization: str = Field("", max_length=100, pattern=WORDS)
    license: str = Field("", max_length=100, pattern=WORDS)
    status: str = Field("", pattern=f"^(|{'|'.join(LISTED)})$")
    state: Literal["", RatingState] = ""
    max_parameters: int | None = Field(
        None,
        ge=0,
        le=10**15,
        description="Only models that are known to have at most this number of weights.",
    )
    permissive: bool | None = Field(
        None, description="Only models whose licence allows any use, or only the others."
    )
    sort: Literal[
        "", "-rating", "rating", "-votes", "votes", "-win_rate", "win_rate", "-name", "name"
    ] = Field("", description="Upwards, or with a minus downwards; without it, by rank.")

    def asked(self) -> BoardQuestion:
        """Return the question in the selectors' words."""
        words = {name: getattr(self, name) for name in BoardView.__dataclass_fields__}
        return BoardQuestion(
            self.board, BoardView.of(words), self.state, self.max_parameters, self.permissive
        )


class ShapeQuestion(LeaderboardQuestion):
    """The rows of a board in a shape of another project, which is JSON alone."""

    format: Literal["json"] | None = Field(None, description="This is no table.")


@reading("/leaderboard", LeaderboardAnswer, "The newest leaderboard", table=True)
def leaderboard(request: HttpRequest, question: Query[LeaderboardQuestion]) -> HttpResponse:
    """The newest snapshot, as JSON, CSV or Parquet.

    The `ETag` changes with the snapshot and with the catalogue; send it back in `If-None-Match`
    and an unchanged board is answered with 304. The overall board moves within about a second of
    a vote.
    """

    def tell() -> Content:
        said = _said(question)
        return Content(said, LeaderboardRow, said.rows, said.next)

    return respond(request, tell)


def _said(question: LeaderboardQuestion) -> LeaderboardAnswer:
    return leaderboards.leaderboard(question.asked(), skip=question.place, limit=question.limit)


@reading(
    "/arena-catalog", dict[str, dict[str, CatalogRating]], "A board in the format of arena-catalog"
)
def arena_catalog(request: HttpRequest, question: Query[ShapeQuestion]) -> HttpResponse:
    """Ratings and both ends of their intervals, by board and model; a version is `model@2`."""
    return respond(request, lambda: Content(scores.arena_catalog(_said(question))))


@reading("/every-eval-ever", list[EvaluationRecord], "A board as records of Every Eval Ever")
def every_eval_ever(request: HttpRequest, question: Query[ShapeQuestion]) -> HttpResponse:
    """A record of schema 0.3.0 for each rated model."""
    address = request.build_absolute_uri(request.path)
    return respond(request, lambda: Content(scores.evaluation_records(_said(question), address)))


@reading("/boards", BoardList, "The available boards", table=True)
def boards(request: HttpRequest, question: Query[TableQuestion]) -> HttpResponse:
    """Return the boards, with filter and method of the newest snapshot. The `ETag` works, too."""

    def tell() -> Content:
        listed = leaderboards.board_list()
        return Content(BoardList(boards=listed), BoardSummary, listed)

    return respond(request, tell)


class SnapshotQuestion(BoardPageQuestion):
    """The snapshots of a board to return."""

    since: date | None = Field(None, description="First UTC day.")
    until: date | None = Field(None, description="Last UTC day.")
    daily: bool = Field(False, description="Only the last snapshot of each day.")


@reading("/snapshots", SnapshotList, "Every dated snapshot of a board", table=True)
def snapshot_list(request: HttpRequest, question: Query[SnapshotQuestion]) -> HttpResponse:
    """Return the snapshots, which are immutable and never deleted. The newest is first."""
    return respond(request, lambda: _snapshots(question))


def _snapshots(question: SnapshotQuestion) -> Content:
    page = snapshots.snapshot_page(
        question.board,
        since=_start_of(question.since),
        until=_start_of(question.until, days=1),
        daily=question.daily,
        before=question.place if question.cursor else None,
        limit=question.limit,
    )
    more = str(page.after or "")
    said = SnapshotList(board=page.board, snapshots=page.snapshots, next=more)
    return Content(said, SnapshotSummary, page.snapshots, more)


def _start_of(day: date | None, *, days: int = 0) -> datetime | None:
    """Return the first moment of a day, or of one behind it; of the last day there is none."""
    if day is None or day > date.max - timedelta(days=1):
        return None
    return datetime.combine(day + timedelta(days=days), time.min, UTC)


@reading("/snapshots/{etag}", SnapshotBody, "One snapshot, byte for byte", table=True)
def snapshot(request: HttpRequest, etag: Etag, question: Query[TableQuestion]) -> HttpResponse:
    """The JSON is the snapshot's own bytes: their SHA-256 is the address.

    Of an old snapshot the rows are computed again from the ledger, which can take seconds.
    """

    def tell() -> Content:
        body = body_of(snapshot=snapshots.snapshot_of(etag)).encode()
        return Content(body, SnapshotRow, snapshots.snapshot_rows(body), immutable=True)

    return respond(request, tell)


class ChangeQuestion(TableQuestion):
    """The two snapshots that are compared."""

    board: str = Field(
        OVERALL, pattern=SLUG, description="Slug of a board, if no snapshot is named."
    )
    before: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the earlier snapshot."
    )
    after: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the later snapshot."
    )


@reading("/changes", ChangeList, "What changed between two snapshots", table=True)
def changes(request: HttpRequest, question: Query[ChangeQuestion]) -> HttpResponse:
    """Compare two snapshots. Without `after` this is the newest one of the board, without `before`
    the last one of an earlier day.
    """
    return respond(request, lambda: _changes(question))


def _changes(question: ChangeQuestion) -> Content:
    board = board_of(question.board)
    after = snapshots.snapshot_of(question.after) if question.after else latest(board.slug)
    before = snapshots.snapshot_of(question.before) if question.before else None
    if before is None and after is not None:
        before = snapshots.earlier_snapshot(after)
    said = snapshots.changes(before, after, (_rows(before), _rows(after)))
    said = said.model_copy(update={"board": said.board or board.slug})
    return Content(said, RatingChange, said.changes)


def _rows(snapshot: Snapshot | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body_of(snapshot=snapshot))["rows"] if snapshot else []
    return found


@reading("/pairs", PairMatrix, "Results of each pair", table=True)
def pair_matrix(request: HttpRequest, question: Query[BoardPageQuestion]) -> HttpResponse:
    """Battles, wins and both kinds of tie of each pair that met, with what the ratings expect."""

    def tell() -> Content:
        board = board_of(question.board)
        counts = tally(filter_of(board, datetime.now(UTC).date()), RatedUnit(board.rates))
        said = pairs.pair_matrix(board, counts, skip=question.place, limit=question.limit)
        return Content(said, PairRow, said.pairs, said.next)

    return respond(request, tell)


class OneBoardQuestion(Schema):
    """The choice of a board."""

    board: str = Field(OVERALL, pattern=SLUG, description="Slug of a board, as in `/boards`.")


class PairQuestion(OneBoardQuestion):
    """Two models of a board."""

    a: str = Field(pattern=NAMED, description="A model, or `model@2` for a version.")
    b: str = Field(pattern=NAMED, description="The other model.")


@reading("/head-to-head", HeadToHead, "Two models side by side")
def head_to_head(request: HttpRequest, question: Query[PairQuestion]) -> HttpResponse:
    """Return their record, the chance that a wins next, and the probability that a is better."""

    def tell() -> Content:
        board = board_of(question.board)
        counts = tally(filter_of(board, datetime.now(UTC).date()), RatedUnit(board.rates))
        return Content(pairs.head_to_head(board, counts, question.a, question.b))

    return respond(request, tell)


@reading("/badges/{model_name}.svg", None, "A model's rank as a badge", media_type="image/svg+xml")
def badge(
    request: HttpRequest, model_name: ModelName, question: Query[OneBoardQuestion]
) -> HttpResponse:
    """An SVG with rank, rating and interval, for a page about the model."""
    return respond(
        request,
        lambda: Content(telling.badge(question.board, model_name), media_type="image/svg+xml"),
    )


@reading("/feed.atom", None, "Changes of a board as a feed", media_type="application/atom+xml")
def feed(request: HttpRequest, question: Query[OneBoardQuestion]) -> HttpResponse:
    """An entry for each change of ranks, the newest first."""
    address = request.build_absolute_uri()
    board = board_of(question.board).slug
    page = request.build_absolute_uri(reverse(settings.BOARD_PAGE, args=[board]))
    return respond(
        request,
        lambda: Content(
            telling.feed(board, address=address, page=page), media_type="application/atom+xml"
        ),
    )
