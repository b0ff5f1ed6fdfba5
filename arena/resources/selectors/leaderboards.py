"""The newest leaderboard: the lines of its page, with what programs want beside them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from arena.boards.models import Snapshot
from arena.boards.selectors import active_boards, first_probabilities, newest_by_board
from arena.integrity.selectors.public import models_under_review
from arena.leaderboard.selectors import standings as boards_now
from arena.leaderboard.selectors.page import board_of
from arena.leaderboard.selectors.standings import BoardLine
from arena.leaderboard.selectors.view import BoardView
from arena.ledger.models import GENESIS
from arena.rating.intervals import Z95
from arena.resources.schemas import BoardSummary, LeaderboardAnswer, LeaderboardRow
from arena.resources.selectors.trust import first_place_of

PERMISSIVE = frozenset(
    {
        *("apache-2.0", "mit", "mit-0", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear"),
        *("isc", "unlicense", "0bsd", "cc0-1.0", "cc-by-4.0", "zlib", "bsl-1.0", "postgresql"),
    }
)
"""Licences that allow any use, by their SPDX names in small letters."""
BEFORE_THE_FIRST_VOTE: dict[str, Any] = {
    "filter": {},
    "method": None,
    "generated_at": None,
    "ledger_number": 0,
    "ledger_hash": GENESIS,
    "etag": "",
    "details": {},
}


@dataclass(frozen=True, slots=True)
class BoardQuestion:
    """The rows of a board that are asked for; ``view`` is that of the board's page."""

    board: str
    view: BoardView
    state: str = ""
    most_parameters: int | None = None
    permissive: bool | None = None

    def pick(self, rows: Iterable[LeaderboardRow]) -> list[LeaderboardRow]:
        """Return the rows that pass what the page's view does not know."""
        return [row for row in rows if self.passes(row)]

    def passes(self, row: LeaderboardRow) -> bool:
        """Return whether a row has the state, the size and the kind of licence."""
        if self.most_parameters is not None and (
            row.parameters is None or row.parameters > self.most_parameters
        ):
            return False
        if self.permissive is not None and row.license_permissive != self.permissive:
            return False
        return self.state in ("", row.state)


def leaderboard(question: BoardQuestion, *, skip: int, limit: int) -> LeaderboardAnswer:
    """Return a page of a board. Raise NotFound for one that has never been shown."""
    board = board_of(question.board)
    current = boards_now.standings(board.slug)
    snapshot = current.snapshot
    chosen = question.view.pick(current.lines)
    rows = question.pick(rows_of(board.slug, snapshot, chosen, models_under_review()))
    origin = BEFORE_THE_FIRST_VOTE
    if snapshot is not None:
        method = {
            "name": snapshot.method,
            "version": method_version(snapshot),
            "parameters": snapshot.parameters,
            "seed": snapshot.seed,
            "code_version": snapshot.code_version,
        }
        origin = {**stamp(snapshot), "method": method, "details": snapshot.details}
    more = str(skip + limit) if len(rows) > skip + limit else ""
    shown = rows[skip : skip + limit]
    return LeaderboardAnswer(
        board=board.slug,
        **origin,
        first_place=first_place_of(snapshot),
        rows=shown,
        next=more,
    )


def rows_of(
    board: str, snapshot: Snapshot | None, lines: Iterable[BoardLine], reviewed: Container[str]
) -> list[LeaderboardRow]:
    """Return the lines of one board as rows. One query, of its newest snapshot alone.

    ``reviewed`` holds the models on which an alarm is open.
    """
    first = first_probabilities(snapshot) if snapshot else {}
    day = snapshot.created_at.date() if snapshot else None
    return [
        LeaderboardRow(
            **asdict(line),
            license_permissive=is_permissive(line.license),
            variance=None
            if line.rating_lower is None or line.rating_upper is None
            else round(((line.rating_upper - line.rating_lower) / (2.0 * Z95)) ** 2, 6),
            p_first=first.get(line.name),
            under_review=line.model_name in reviewed,
            category=board,
            leaderboard_publish_date=day,
        )
        for line in lines
    ]


def board_list() -> list[BoardSummary]:
    """Return the boards that can be asked for, the overall one first, also those that wait for
    their first vote. Three queries."""
    newest = newest_by_board()
    listed = []
    for board in active_boards():
        found = newest.get(board.pk)
        origin = stamp(found) if found else BEFORE_THE_FIRST_VOTE
        method = found.method if found else None
        listed.append(
            BoardSummary(
                board=board.slug,
                name=board.name,
                state="ranked" if found else "no_votes",
                **{**origin, "method": method},
            )
        )
    return listed


def is_permissive(license: str) -> bool:
    """Return whether the licence allows any use."""
    return license.strip().lower() in PERMISSIVE


def stamp(snapshot: Snapshot) -> dict[str, Any]:
    """Return what a snapshot was computed from, and when."""
    names = ("filter", "ledger_number", "ledger_hash", "etag")
    stored = {name: getattr(snapshot, name) for name in names}
    return {"generated_at": snapshot.created_at, **stored}


def method_version(snapshot: Snapshot) -> int:
    """Return the version of the method; snapshots from before there were any are of the first."""
    return int(snapshot.parameters.get("method_version", 1))
