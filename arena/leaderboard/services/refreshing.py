"""Bringing boards up to date: the live ones at once, the slow ones beside them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from arena.core.redis import client
from arena.leaderboard import selectors
from arena.leaderboard.models import Board
from arena.leaderboard.services.exclusions import relabel
from arena.leaderboard.services.ledger import fold
from arena.leaderboard.services.recipes import Recipe
from arena.leaderboard.services.snapshots import recompute
from arena.rating.methods import UnknownMethod

log = logging.getLogger(__name__)

REFIT = "va:refit"
REFIT_SECONDS = 120
"""So long may one board take. After this a refit counts as lost with its process, and another may
begin; if it was only slow, what it still stores is what the other would store."""
SET_UP_WRONGLY = (UnknownMethod, ValueError, TypeError)
"""What a board's own method, filter or parameters may raise."""


def refresh() -> None:
    """Fold what is new, move what was labelled anew, and bring every live board up to date, the
    overall one first."""
    fold()
    relabel()
    _bring_up_to_date(in_background=False)


def refit() -> None:
    """Bring the boards up to date that need single votes or lean on others; one at a time, and
    in one process alone."""
    with _alone() as lock:
        if lock is not None:
            _bring_up_to_date(in_background=True, before_each=partial(_go_on, lock))


def renew() -> None:
    """Compute every board once more, whatever its newest snapshot says: its counts were wrong."""
    for board in boards():
        with _unless_set_up_wrongly(board):
            recompute(board=board, anew=True)


def boards() -> list[Board]:
    """The active ones; the overall one is made where it does not exist yet."""
    Board.objects.get_or_create(slug=selectors.OVERALL, defaults={"name": "Overall"})
    return selectors.active_boards()


def _bring_up_to_date(
    *, in_background: bool, before_each: Callable[[], object] = lambda: None
) -> None:
    """A board that is set up wrongly costs the others nothing."""
    today = datetime.now(UTC).date()
    for board in boards():
        with _unless_set_up_wrongly(board):
            if Recipe.of_board(board, today).in_background == in_background:
                before_each()
                recompute(board=board)


@contextmanager
def _unless_set_up_wrongly(board: Board) -> Iterator[None]:
    try:
        yield
    except SET_UP_WRONGLY as error:
        log.warning("board %s can't be computed: %s", board.slug, error)


@contextmanager
def _alone() -> Iterator[Lock | None]:
    """Not a lock of the database: in SQLite that would keep voters out for as long as a fit."""
    lock = client().lock(REFIT, timeout=REFIT_SECONDS, blocking=False)
    try:
        alone = bool(lock.acquire())
    except RedisError as error:
        log.warning("slow boards wait for Redis: %s", type(error).__name__)
        alone = False
    try:
        yield lock if alone else None
    finally:
        if alone:
            _release(lock)


def _go_on(lock: Lock) -> None:
    """The next board has the whole time again. Where the lock was lost, it goes on without it."""
    try:
        lock.reacquire()
    except (LockError, RedisError) as error:
        log.warning("slow boards go on without their lock: %s", type(error).__name__)


def _release(lock: Lock) -> None:
    try:
        lock.release()
    except (LockError, RedisError) as error:
        log.warning("slow boards wait until the lock expires: %s", type(error).__name__)
