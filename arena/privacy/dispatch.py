"""What is erased leaves Redis, too: logs of battles, pictures, messages that wait for a worker."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from arena.core.redis import client
from inference_worker.wire import blobs, stream, task
from inference_worker.wire.messages import MalformedMessage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RedisTrace:
    """A battle's public id, and the queues on which messages about it may wait."""

    stream: str
    queues: frozenset[str]


def forget(traces: Iterable[RedisTrace], pictures: Iterable[str]) -> None:
    """Delete what Redis holds of battles and of pictures.

    Best effort: what stays in a Redis that can't be reached expires within the hour.
    """
    try:
        for trace in traces:
            for queue in trace.queues:
                task.withdraw(client(), queue=queue, stream=trace.stream)
            stream.erase(client(), trace.stream)
        for digest in pictures:
            blobs.erase(client(), digest)
    except (RedisError, KombuError, OSError, MalformedMessage) as error:
        log.warning("erased content stays in Redis for an hour: %s", type(error).__name__)
