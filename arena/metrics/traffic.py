"""The queries to Redis at each reading: lengths of lists, and the reports of workers.

They take three round trips, and none scans all keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from prometheus_client.core import CounterMetricFamily, Metric

from arena.core.redis import client
from arena.metrics.series import gauge, gauges
from arena.orchestration.dispatch import COLLECTED, ENDS, REAPED, REAPED_SECONDS
from inference_worker.wire import keys, presence
from inference_worker.wire.broker import REASONS
from inference_worker.wire.messages import DEFAULT_QUEUE, OUTCOME_QUEUE
from inference_worker.wire.presence import WorkerReport

_COLLECTED = {
    "pictures": "Files of pictures without a vote that left the disk.",
    "bytes": "Their bytes.",
}


def series() -> list[Metric]:
    """Raises RedisError where it is away."""
    workers = presence.workers(client())
    served = {queue for worker in workers for queue in worker.queues}
    queues = sorted({DEFAULT_QUEUE, *served})
    answers = ask_in_one_trip(queues)
    return [*worker_series(workers, queues), *queue_series(answers, queues), *store_series(answers)]


def ask_in_one_trip(queues: list[str]) -> list[Any]:
    """Read in one round trip memory, the reaper's key, ends, collected files, then queues."""
    with client().pipeline(transaction=False) as pipe:
        pipe.info("memory")
        pipe.pttl(REAPED)
        pipe.hgetall(ENDS)
        pipe.hmget(keys.REFUSED, list(REASONS))
        pipe.hgetall(COLLECTED)
        for queue in [settings.CELERY_TASK_DEFAULT_QUEUE, OUTCOME_QUEUE, *queues]:
            pipe.llen(queue)
        for queue in queues:
            pipe.zcard(keys.queue(queue))
        return pipe.execute()


def worker_series(workers: list[WorkerReport], queues: list[str]) -> Iterator[Metric]:
    says = "Inference workers that have reported within six seconds."
    present = {queue: sum(queue in worker.queues for worker in workers) for queue in queues}
    yield gauges("arena_inference_workers", says, ("queue",), present)
    running = {worker.name: worker.running for worker in workers}
    yield gauges("arena_inference_answers_running", "Answers in work.", ("worker",), running)
    loaded = {worker.name: len(worker.loaded) for worker in workers}
    says = "Models in the worker's memory."
    yield gauges("arena_inference_models_loaded", says, ("worker",), loaded)
    says = "When the worker began, in Unix time."
    since = {worker.name: worker.since for worker in workers}
    yield gauges("arena_inference_start_time_seconds", says, ("worker",), since)


def queue_series(answers: list[Any], queues: list[str]) -> Iterator[Metric]:
    lengths = answers[5:]
    named = [settings.CELERY_TASK_DEFAULT_QUEUE, OUTCOME_QUEUE, *queues]
    says = "Messages that no worker has taken."
    messages = dict(zip(named, lengths, strict=False))
    yield gauges("arena_queue_messages", says, ("queue",), messages)
    says = "Sides of battles in the line of their queue."
    waiting = dict(zip(queues, lengths[len(named) :], strict=True))
    yield gauges("arena_queue_sides_waiting", says, ("queue",), waiting)


def store_series(answers: list[Any]) -> Iterator[Metric]:
    memory, life, ends, refused, collected = answers[:5]
    yield gauge("arena_redis_memory_bytes", "Memory in use.", memory["used_memory"])
    says = "Its limit; 0 for none."
    yield gauge("arena_redis_memory_limit_bytes", says, memory["maxmemory"])
    if life > 0:
        says = "Since the reaper's last look: clock and site's worker run."
        yield gauge("arena_reaper_age_seconds", says, REAPED_SECONDS - life / 1000)
    yield ends_by_model(ends)
    yield dropped_messages(refused)
    for what, says in _COLLECTED.items():
        count = int(collected.get(what.encode(), 0))
        yield CounterMetricFamily(f"arena_collected_{what}", says, value=count)


def ends_by_model(ends: Mapping[bytes, bytes]) -> Metric:
    says = "Answers that ended: ended, stopped, or the code of their failure."
    family = CounterMetricFamily("arena_answers", says, labels=("model", "outcome"))
    for name, count in ends.items():
        model, _, outcome = name.decode().rpartition(":")
        family.add_metric((model, outcome), int(count))
    return family


def dropped_messages(counts: list[bytes | None]) -> Metric:
    says = "Messages that were dropped for what they are, not what they say."
    family = CounterMetricFamily("arena_messages_dropped", says, labels=("reason",))
    for reason, count in zip(REASONS, counts, strict=True):
        family.add_metric((reason,), int(count or 0))
    return family
