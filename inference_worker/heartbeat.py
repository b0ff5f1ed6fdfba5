"""The thread that renews all leases each second, in one round trip, and reports the worker."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from threading import Event, Thread

from redis import Redis, RedisError

from inference_worker import alive
from inference_worker.answers import RunningAnswer
from inference_worker.wire.leases import RENEW_SECONDS, renew
from inference_worker.wire.presence import WorkerReport, report

logger = logging.getLogger(__name__)

REPORT_BEATS = 2


class LeaseHeartbeat:
    """Keeps the leases of answers until they settle."""

    def __init__(self, redis: Redis, *, describe: Callable[[], WorkerReport]) -> None:
        self._redis = redis
        self._describe = describe
        self._answers: dict[str, RunningAnswer] = {}
        self._stopped = Event()
        self._place = secrets.token_hex(16)

    def start(self) -> None:
        """Begin to beat, in a thread that ends with the process or at ``stop``."""
        Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end, and close its connection."""
        self._stopped.set()

    def keep(self, answer: RunningAnswer) -> None:
        """Renew this answer's lease from now on."""
        self._answers[answer.holder.owner] = answer

    def drop(self, answer: RunningAnswer) -> None:
        """Let go of an answer; one that isn't kept is no error."""
        self._answers.pop(answer.holder.owner, None)

    @property
    def kept(self) -> list[RunningAnswer]:
        """The answers that this process works on."""
        return list(self._answers.values())

    def beat(self) -> None:
        """Renew once; an answer whose lease is over or not its own is lost. Raises nothing."""
        answers, at = [a for a in self.kept if not a.settled.is_set()], time.monotonic()
        try:
            verdicts = renew(self._redis, [a.holder for a in answers]) if answers else []
        except RedisError as error:
            logger.warning("cannot renew %d leases: %s", len(answers), error)
            for answer in answers:
                answer.missed()
        else:
            for answer, verdict in zip(answers, verdicts, strict=True):
                answer.renewed(verdict, at)

    def say(self) -> None:
        """Report this worker once; a report that gets lost is followed by another."""
        try:
            worker = self._describe()
            report(self._redis, worker, place=self._place)
            alive.mark(worker.name)
        except (RedisError, OSError) as error:
            logger.warning("cannot report: %s", error)
        except Exception:
            # What a model says of itself must not cost all answers their leases.
            logger.exception("the report stumbled")

    def _run(self) -> None:
        beats = 0
        while not self._stopped.is_set():
            began = time.monotonic()
            if beats % REPORT_BEATS == 0:
                self.say()
            self.beat()
            beats += 1
            self._stopped.wait(began + RENEW_SECONDS - time.monotonic())
        self._redis.close()
