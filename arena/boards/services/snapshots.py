"""Store computed boards as immutable snapshots, and with the overall one the draw plan."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from arena.boards import dispatch
from arena.boards.models import Board, Snapshot
from arena.boards.selectors import OVERALL, newest_facts
from arena.boards.services import draw_plans
from arena.boards.services.groups import TooFewPeople, may_renew
from arena.boards.services.recipes import BoardRecipe, ComputedBoard, compute
from arena.boards.services.strengths import FittedStrengths, store_strengths, strengths_of
from arena.core.locks import exclusive
from arena.ledger.selectors import head as ledger_head
from arena.ledger.selectors.head import LedgerHead, repairs
from arena.rating.recipes import snapshot_text

LOCK = "arena.leaderboard.snapshots"
"""Another one than the ledger's: votes are folded while a snapshot is stored."""
MOST_SECONDS = 60.0
ENTRIES_A_SECOND = 20_000
"""One vote in a million moves nothing that anyone could see: boards beside the overall one wait a
second per so many entries, at most ``MOST_SECONDS``."""


def recompute(*, board: Board, patient: bool = True, anew: bool = False) -> Snapshot | None:
    """A snapshot if the ledger, the method or the day has moved; a draw plan if the catalogue has.

    A board by what voters said of themselves follows once enough people have voted anew. Fit and
    text are made outside the lock, which on SQLite keeps voters out. ``patient``: a young
    snapshot may stand for a while. ``anew``: none stands, for the counts under it were wrong; one
    with the same bytes is not stored again.
    Raises UnknownMethod, ValueError or TypeError for a board that is set up wrongly.
    """
    recipe = BoardRecipe.of_board(board, datetime.now(UTC).date())
    if not anew and _is_current(board, recipe, patient=patient):
        return None
    newest = newest_facts(board)
    if recipe.filter.group and not may_renew(recipe.filter.group, newest):
        return None
    try:
        found = compute(recipe, behind=newest.ledger_number if newest else 0)
    except TooFewPeople:
        return None
    body, strengths = body_of(board.slug, recipe, found), strengths_of(found)
    with exclusive(LOCK):
        snapshot = _store(board, recipe, found, body, strengths)
    if _plans(board):
        _plan(board, found)
    return snapshot


def _plan(board: Board, found: ComputedBoard) -> None:
    """Store the draw plan that follows from the fit, unless others have overtaken it.

    It takes longer than the snapshot, which nobody should wait for: its pairs are computed outside
    the lock and after the snapshot is stored. A process that ends in between leaves a plan that is
    not current, and the next look makes it.
    """
    if draw_plans.is_current(found.head):
        return
    plan = draw_plans.next_plan(found)
    with exclusive(LOCK):
        if not _is_overtaken(board, found) and not draw_plans.is_current(found.head):
            draw_plans.store(plan)


def body_of(board: str, recipe: BoardRecipe, found: ComputedBoard) -> str:
    """Return canonical JSON of what the snapshot is a function of, and of what follows."""
    facts = {"board": board, **_facts(recipe, found.head)}
    return snapshot_text(facts, found.fit, found.notes)


def etag_of(body: str) -> str:
    """Return the SHA-256 of a body in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def pause(board: Board, recipe: BoardRecipe, head: LedgerHead) -> timedelta:
    """Return how long the board's newest snapshot stands at least."""
    if board.slug == OVERALL and not recipe.in_background:
        return timedelta(0)
    grown = min(MOST_SECONDS, head.number / ENTRIES_A_SECOND)
    least = settings.BOARD_REFIT_SECONDS if recipe.needs_rows else 0.0
    return timedelta(seconds=max(grown, least))


def _is_current(board: Board, recipe: BoardRecipe, *, patient: bool) -> bool:
    head = ledger_head.head()
    newest = newest_facts(board)
    if _plans(board) and not draw_plans.is_current(head):
        return False
    if newest is None:
        return not head.number
    if _same(newest, recipe, head):
        return True
    young = timezone.now() - newest.created_at < pause(board, recipe, head)
    return patient and young and _has(newest, recipe.as_dict())


def _plans(board: Board) -> bool:
    return board.slug == OVERALL


def _store(
    board: Board,
    recipe: BoardRecipe,
    found: ComputedBoard,
    body: str,
    strengths: FittedStrengths,
) -> Snapshot | None:
    """Store the fit, unless another process or a repair of the counts has overtaken it."""
    if _is_overtaken(board, found):
        return None
    newest = newest_facts(board)
    # A category that nobody ever voted in gets no snapshot, and so isn't listed. Where looking
    # took single votes, an empty snapshot saves the next look.
    by_entries = _plans(board) or recipe.needs_rows
    if newest is None and not (found.head.number if by_entries else found.votes.any()):
        return None
    etag = etag_of(body)
    if newest and newest.etag == etag and _same(newest, recipe, found.head):
        return None
    snapshot = Snapshot.objects.create(
        board=board, **_facts(recipe, found.head), code_version=version(), body=body, etag=etag
    )
    store_strengths(snapshot, strengths)
    transaction.on_commit(lambda: dispatch.announce(etag, board.slug))
    return snapshot


def _is_overtaken(board: Board, found: ComputedBoard) -> bool:
    """Return whether a newer snapshot is there, or the counts under the fit were repaired."""
    newest = newest_facts(board)
    if newest and newest.ledger_number > found.head.number:
        return True
    return found.repairs not in (None, repairs())


def _facts(recipe: BoardRecipe, head: LedgerHead) -> dict[str, Any]:
    """Return what a snapshot is a function of."""
    return {"ledger_number": head.number, "ledger_hash": head.hash, **recipe.as_dict()}


def _same(snapshot: Snapshot, recipe: BoardRecipe, head: LedgerHead) -> bool:
    return _has(snapshot, _facts(recipe, head))


def _has(snapshot: Snapshot, facts: dict[str, Any]) -> bool:
    return facts == {name: getattr(snapshot, name) for name in facts}


@cache
def version() -> str:
    """Return the arena's version, as ``pyproject.toml`` has it."""
    file = settings.BASE_DIR / "pyproject.toml"
    return str(tomllib.loads(file.read_text())["project"]["version"])
