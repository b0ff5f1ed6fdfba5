"""The thread that writes the new text of all answers, in one round trip per tick."""

from __future__ import annotations

import logging
from threading import Event, Thread

from redis import Redis, RedisError

from inference_worker.answers import RunningAnswer
from inference_worker.wire.stream import StreamAppend, append

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.04
"""The time for which text is collected; the first text of an answer does not wait."""
RETRY_SECONDS = 0.25


class StreamWriter:
    """Writes the answers that it carries until they settle. A lost answer is not its business: the
    heartbeat decides when a lease is over, the writer only tries again."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._answers: dict[str, RunningAnswer] = {}
        self._wake = Event()
        self._stopped = False

    def start(self) -> None:
        """Begin to write, in a thread that ends with the process or at ``stop``."""
        Thread(target=self._run, name="writer", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end, and close its connection."""
        self._stopped = True
        self._wake.set()

    def carry(self, answer: RunningAnswer) -> None:
        """Take an answer on."""
        self._answers[answer.holder.owner] = answer

    def drop(self, answer: RunningAnswer) -> None:
        """Put an answer down; one that isn't carried is no error."""
        self._answers.pop(answer.holder.owner, None)

    def flush_soon(self) -> None:
        """Write what waits at once, not at the next tick."""
        self._wake.set()

    def flush(self) -> None:
        """Write what there is. Raises RedisError; nothing is forgotten then."""
        waiting = [(a, a.take()) for a in list(self._answers.values()) if not a.settled.is_set()]
        waiting = [(answer, events) for answer, events in waiting if events]
        if not waiting:
            return
        verdicts = append(self._redis, [StreamAppend(a.holder, events) for a, events in waiting])
        for (answer, events), verdict in zip(waiting, verdicts, strict=True):
            answer.written(events, verdict)

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait(TICK_SECONDS if self._answers else None)
            self._wake.clear()
            try:
                self.flush()
            except RedisError as error:
                logger.warning("cannot write to the stream: %s", error)
                self._wake.wait(RETRY_SECONDS)
            except Exception:
                logger.exception("the writer stumbled")
                self._wake.wait(RETRY_SECONDS)
        self._redis.close()
