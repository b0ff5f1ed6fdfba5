"""Counts become a rating fit, an immutable snapshot and the next draw plan."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction

from arena.core.locks import exclusive
from arena.leaderboard import dispatch, selectors
from arena.leaderboard.models import Board, Snapshot
from arena.leaderboard.selectors import LOCK, Head, Tally
from arena.leaderboard.services import plan
from arena.rating.fit import Fit, Row
from arena.rating.methods import load


def recompute(*, board: Board) -> Snapshot | None:
    """A snapshot if the ledger or the method has moved; a draw plan if the catalogue has.

    The fit runs outside the lock: votes are folded while it runs.
    """
    if _is_current(board):
        return None
    with exclusive(LOCK):
        tally = selectors.tally()
    fit = load(board.method).fit(
        tally.counts,
        models=tally.slugs,
        seed=board.seed,
        min_votes=settings.BOARD_MIN_VOTES,
        **board.parameters,
    )
    with exclusive(LOCK):
        return _store(board, tally, fit)


def _is_current(board: Board) -> bool:
    head = selectors.head()
    snapshot = selectors.latest(board.slug)
    fresh = not head.number or (snapshot and _facts_of(snapshot) == _facts(board, head))
    return bool(fresh) and (not _plans(board) or plan.is_current(head))


def _plans(board: Board) -> bool:
    return board.slug == selectors.OVERALL


def _store(board: Board, tally: Tally, fit: Fit) -> Snapshot | None:
    """Nothing of a fit that another process has overtaken is stored."""
    newest = selectors.latest(board.slug)
    if newest and newest.ledger_number > tally.head.number:
        return None
    if _plans(board):
        plan.store(tally, fit)
    facts = _facts(board, tally.head)
    if not tally.head.number or (newest and _facts_of(newest) == facts):
        return None
    body = json.dumps(
        {"board": board.slug, **facts, "rows": [_rounded(row) for row in fit.rows]},
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    etag = hashlib.sha256(body.encode()).hexdigest()
    snapshot = Snapshot.objects.create(
        board=board, **facts, code_version=version(), body=body, etag=etag
    )
    transaction.on_commit(lambda: dispatch.announce(etag, board.slug))
    return snapshot


def _facts(board: Board, head: Head) -> dict[str, Any]:
    """What a snapshot of this board is a function of."""
    return {
        "ledger_number": head.number,
        "ledger_hash": head.hash,
        "method": board.method,
        "parameters": {"min_votes": settings.BOARD_MIN_VOTES, **board.parameters},
        "seed": board.seed,
    }


def _facts_of(snapshot: Snapshot) -> Mapping[str, Any]:
    names = ("ledger_number", "ledger_hash", "method", "parameters", "seed")
    return {name: getattr(snapshot, name) for name in names}


def _rounded(row: Row) -> dict[str, Any]:
    """A millionth of a point is far below any interval and above the noise of a library's build."""
    return {
        name: round(value, 6) if isinstance(value, float) else value
        for name, value in row.as_dict().items()
    }


@cache
def version() -> str:
    """The arena's version, as ``pyproject.toml`` has it."""
    file = settings.BASE_DIR / "pyproject.toml"
    return str(tomllib.loads(file.read_text())["project"]["version"])
