"""Asking the stores when somebody reads, without ever waiting long for one.

A timeout of the store's own would not do: a connection may be waited for in the pool, a network may
swallow what was sent, a dead network drive does not even let itself be interrupted.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from threading import Lock, Thread
from time import monotonic

from django.conf import settings
from django.db import Error, connections
from prometheus_client.core import Metric
from redis.exceptions import RedisError

from arena.metrics import database, traffic
from arena.metrics.series import gauge, gauges

log = logging.getLogger(__name__)

SECONDS = 3.0
"""A reading takes no longer, whatever hangs."""
AWAY = (Error, RedisError, OSError)

Answer = tuple[float, list[Metric]]
"""The seconds that it took, and the series."""


def folder() -> list[Metric]:
    """Raises OSError where it is away."""
    says = "Room for pictures, and for SQLite."
    return [gauge("arena_folder_free_bytes", says, shutil.disk_usage(settings.DATA_DIR).free)]


class StoreQuery:
    """A question to one store, in a thread of its own. While an answer is outstanding nobody asks
    again: readers share it, and a store that hangs holds one thread and one connection."""

    def __init__(self, store: str, ask: Callable[[], list[Metric]]) -> None:
        self.store = store
        self._series = ask
        self._lock = Lock()
        self._outstanding: Future[Answer | None] | None = None

    def ask(self) -> Future[Answer | None]:
        """The answer, once it comes; None from a store that is away."""
        with self._lock:
            if self._outstanding is None or self._outstanding.done():
                self._outstanding = Future()
                # Not of a pool: those are waited for when the process ends.
                Thread(target=self._answer, args=[self._outstanding], daemon=True).start()
            return self._outstanding

    def _answer(self, future: Future[Answer | None]) -> None:
        began, found = monotonic(), None
        try:
            series = self._series()
            found = (monotonic() - began, series)
        except AWAY as error:
            log.warning("no series of the %s: %s", self.store, type(error).__name__)
        except Exception:
            log.exception("no series of the %s", self.store)
        finally:
            try:
                connections.close_all()  # this thread's own
            finally:
                future.set_result(found)


QUESTIONS = (
    StoreQuery("database", database.series),
    StoreQuery("redis", traffic.series),
    StoreQuery("folder", folder),
)


class StoreCollector:
    """The series of all stores. One that is away, or hangs, costs its own series alone."""

    def __init__(self, questions: Iterable[StoreQuery] = QUESTIONS) -> None:
        self._questions = tuple(questions)

    def collect(self) -> Iterable[Metric]:
        """Asks all at once and waits for SECONDS at most."""
        deadline = monotonic() + SECONDS
        asked = [(question.store, question.ask()) for question in self._questions]
        found: dict[str, Answer | None] = {}
        for store, future in asked:
            try:
                found[store] = future.result(max(0.0, deadline - monotonic()))
            except TimeoutError:
                found[store] = None
        up = {store: float(answer is not None) for store, answer in found.items()}
        yield gauges("arena_store_up", "1 for one that answered just now.", ("store",), up)
        answers = {store: answer for store, answer in found.items() if answer is not None}
        took = {store: seconds for store, (seconds, _) in answers.items()}
        yield gauges("arena_store_answer_seconds", "How long that took.", ("store",), took)
        for _, series in answers.values():
            yield from series
