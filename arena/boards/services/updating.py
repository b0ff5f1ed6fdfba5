"""Bringing boards up to date: the live ones at once, the slow ones beside them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from arena.boards.models import Board
from arena.boards.selectors import OVERALL, active_boards
from arena.boards.services.recipes import BoardRecipe
from arena.boards.services.snapshots import recompute
from arena.core.redis import client
from arena.ledger.services.exclusions import relabel
from arena.ledger.services.folding import fold
from arena.rating.methods import UnknownMethod

log = logging.getLogger(__name__)

BACKGROUND_LOCK = "va:refit"
BACKGROUND_LOCK_SECONDS = 120
"""So long may one board take. After this a refit counts as lost with its process, and another may
begin; if it was only slow, what it still stores is what the other would store."""
SET_UP_WRONGLY = (UnknownMethod, ValueError, TypeError)
"""The exceptions that a wrong method, filter or parameter of a board raises."""


def update_live_boards() -> None:
    """Fold what is new, move what was labelled anew, and bring every live board up to date, the
    overall one first."""
    fold()
    relabel()
    _update(in_background=False)


def update_background_boards() -> None:
    """Bring the boards up to date that need single votes or lean on others; one at a time, and
    in one process alone."""
    with _background_lock() as lock:
        if lock is not None:
            _update(in_background=True, before_each=partial(_extend, lock))


def recompute_all_boards() -> None:
    """Compute every board once more, whatever its newest snapshot says: its counts were wrong."""
    for board in boards_to_compute():
        with _unless_set_up_wrongly(board):
            recompute(board=board, anew=True)


def boards_to_compute() -> list[Board]:
    """Return the active boards; the overall one is made where it does not exist yet."""
    Board.objects.get_or_create(slug=OVERALL, defaults={"name": "Overall"})
    return active_boards()


def _update(*, in_background: bool, before_each: Callable[[], object] = lambda: None) -> None:
    """A board that is set up wrongly costs the others nothing."""
    today = datetime.now(UTC).date()
    for board in boards_to_compute():
        with _unless_set_up_wrongly(board):
            if BoardRecipe.of_board(board, today).in_background == in_background:
                before_each()
                recompute(board=board)


@contextmanager
def _unless_set_up_wrongly(board: Board) -> Iterator[None]:
    try:
        yield
    except SET_UP_WRONGLY as error:
        log.warning("board %s can't be computed: %s", board.slug, error)


@contextmanager
def _background_lock() -> Iterator[Lock | None]:
    """Hold a lock in Redis. One of the database would block voters on SQLite during a fit."""
    lock = client().lock(BACKGROUND_LOCK, timeout=BACKGROUND_LOCK_SECONDS, blocking=False)
    try:
        alone = bool(lock.acquire())
    except RedisError as error:
        log.warning("slow boards wait for Redis: %s", type(error).__name__)
        alone = False
    try:
        yield lock if alone else None
    finally:
        if alone:
            try:
                lock.release()
            except (LockError, RedisError) as error:
                log.warning("slow boards wait until it expires: %s", type(error).__name__)


def _extend(lock: Lock) -> None:
    """The next board has the whole time again. Where the lock was lost, it goes on without it."""
    try:
        lock.reacquire()
    except (LockError, RedisError) as error:
        log.warning("slow boards go on without their lock: %s", type(error).__name__)
