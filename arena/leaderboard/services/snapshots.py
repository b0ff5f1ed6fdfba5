"""What was computed becomes an immutable snapshot, and the next draw plan."""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from arena.core.locks import exclusive
from arena.leaderboard import dispatch, selectors
from arena.leaderboard.models import Board, Snapshot
from arena.leaderboard.selectors import Head
from arena.leaderboard.services import plan
from arena.leaderboard.services.recipes import Computed, Recipe, compute

LOCK = "arena.leaderboard.snapshots"
"""Another one than the ledger's: votes are folded while a snapshot is stored."""
MOST_SECONDS = 60.0
ENTRIES_A_SECOND = 20_000
"""One vote in a million moves nothing that anyone could see: boards beside the overall one wait a
second per so many entries, at most ``MOST_SECONDS``."""


def recompute(*, board: Board, patient: bool = True, anew: bool = False) -> Snapshot | None:
    """A snapshot if the ledger, the method or the day has moved; a draw plan if the catalogue has.

    Fit and text are made outside the lock, which on SQLite keeps voters out. ``patient``: a young
    snapshot may stand for a while. ``anew``: none stands, for the counts under it were wrong; one
    with the same bytes is not stored again.
    Raises UnknownMethod, ValueError or TypeError for a board that is set up wrongly.
    """
    recipe = Recipe.of_board(board, datetime.now(UTC).date())
    if not anew and _is_current(board, recipe, patient=patient):
        return None
    found = compute(recipe)
    body = body_of(board.slug, recipe, found)
    with exclusive(LOCK):
        return _store(board, recipe, found, body)


def body_of(board: str, recipe: Recipe, found: Computed) -> str:
    """The bytes: canonical JSON of what the snapshot is a function of, and of what follows."""
    facts = {"board": board, **_facts(recipe, found.head)}
    rows = [row.as_dict() for row in found.fit.rows]
    return json.dumps(
        _rounded({**facts, "details": found.notes, "rows": rows}),
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def etag_of(body: str) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def pause(board: Board, recipe: Recipe, head: Head) -> timedelta:
    """How long the board's newest snapshot stands at least."""
    if board.slug == selectors.OVERALL and not recipe.in_background:
        return timedelta(0)
    grown = min(MOST_SECONDS, head.number / ENTRIES_A_SECOND)
    least = settings.BOARD_REFIT_SECONDS if recipe.needs_rows else 0.0
    return timedelta(seconds=max(grown, least))


def _is_current(board: Board, recipe: Recipe, *, patient: bool) -> bool:
    head = selectors.head()
    newest = selectors.newest_facts(board)
    if _plans(board) and not plan.is_current(head):
        return False
    if newest is None:
        return not head.number
    if _same(newest, recipe, head):
        return True
    young = timezone.now() - newest.created_at < pause(board, recipe, head)
    return patient and young and Recipe.of_snapshot(newest) == recipe


def _plans(board: Board) -> bool:
    return board.slug == selectors.OVERALL


def _store(board: Board, recipe: Recipe, found: Computed, body: str) -> Snapshot | None:
    """Nothing of a fit is stored that another process, or a repair of its counts, has overtaken."""
    newest = selectors.newest_facts(board)
    if newest and newest.ledger_number > found.head.number:
        return None
    if found.repairs not in (None, selectors.repairs()):
        return None
    if _plans(board):
        plan.store(found)
    if newest is None and not _worth_a_start(board, recipe, found):
        return None
    etag = etag_of(body)
    if newest and newest.etag == etag and _same(newest, recipe, found.head):
        return None
    snapshot = Snapshot.objects.create(
        board=board, **_facts(recipe, found.head), code_version=version(), body=body, etag=etag
    )
    transaction.on_commit(lambda: dispatch.announce(etag, board.slug))
    return snapshot


def _worth_a_start(board: Board, recipe: Recipe, found: Computed) -> bool:
    """A category that nobody ever voted in gets no snapshot, and so isn't listed. Where looking
    took single votes, an empty snapshot saves the next look."""
    if _plans(board) or recipe.needs_rows:
        return found.head.number > 0
    return bool(found.votes.any())


def _facts(recipe: Recipe, head: Head) -> dict[str, Any]:
    """What a snapshot is a function of."""
    return {"ledger_number": head.number, "ledger_hash": head.hash, **recipe.as_dict()}


def _same(snapshot: Snapshot, recipe: Recipe, head: Head) -> bool:
    facts = _facts(recipe, head)
    return facts == {name: getattr(snapshot, name) for name in facts}


def _rounded(value: Any) -> Any:
    """A millionth of a point is far below any interval and above the noise of a library's build."""
    match value:
        case float():
            return round(value, 6)
        case dict():
            return {name: _rounded(one) for name, one in value.items()}
        case list():
            return [_rounded(one) for one in value]
    return value


@cache
def version() -> str:
    """The arena's version, as ``pyproject.toml`` has it."""
    file = settings.BASE_DIR / "pyproject.toml"
    return str(tomllib.loads(file.read_text())["project"]["version"])
