"""The workers as an operator wants to see them: what each can serve and has loaded, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.exceptions import RedisError

from arena.battles.selectors import reading
from arena.battles.states import GenerationState
from arena.catalog import selectors as catalog
from arena.catalog.models import ModelVersion


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """A worker, the active models that it may be asked for, and those that it holds in memory."""

    name: str
    device: str
    queues: tuple[str, ...]
    serves: list[str]
    loaded: list[str]
    running: int
    room: int
    since: datetime


@dataclass(frozen=True, slots=True)
class QueueLine:
    """The answers of a queue that wait or run, and how many workers listen to it."""

    name: str
    waiting: int
    running: int
    workers: int


@dataclass(frozen=True, slots=True)
class WorkerOverview:
    """The workers and queues now. ``is_known`` is False where Redis is away."""

    workers: list[WorkerLine]
    queues: list[QueueLine]
    is_known: bool
    oldest: datetime | None
    """The time since which the longest waiting answer has waited."""


def worker_overview(versions: Iterable[ModelVersion]) -> WorkerOverview:
    """Return what the workers say of themselves; ``versions`` are those that can be drawn. Two
    queries."""
    active = list(versions)
    try:
        reports, known = catalog.workers(), True
    except RedisError:
        reports, known = [], False
    # A source that no card has is shown itself.
    cards = {version.source: version.card.marked_name for version in active}
    lines = [
        WorkerLine(
            name=one.name,
            device=one.device,
            queues=one.queues,
            serves=sorted(v.card.marked_name for v in active if v.card.queue in one.queues),
            loaded=sorted({cards.get(source, source) for source in one.loaded}),
            running=one.running,
            room=one.room,
            since=datetime.fromtimestamp(one.since, UTC),
        )
        for one in reports
    ]
    live = reading.live_counts()
    names = {version.card.queue for version in active} | {queue for _, queue in live}
    queues = [
        QueueLine(
            name=name,
            waiting=live.get((GenerationState.QUEUED, name), 0),
            running=live.get((GenerationState.RUNNING, name), 0),
            workers=sum(name in worker.queues for worker in lines),
        )
        for name in sorted(names)
    ]
    return WorkerOverview(lines, queues, known, reading.oldest_queued())
