"""The site's queues: what it says to itself is signed, and workers may bring outcomes alone."""

from __future__ import annotations

from typing import Any

from django.utils.crypto import salted_hmac

from inference_worker.wire.broker import RefusedMessage, StrictChannel, StrictTransport
from inference_worker.wire.messages import (
    OUTCOME_QUEUE,
    OUTCOME_TASKS,
    PROBE_REPORT,
    GenerationOutcome,
    MalformedMessage,
    WireMessage,
)
from inference_worker.wire.probes import ProbeOutcome

_TAKES: dict[str, type[WireMessage]] = {
    **dict.fromkeys(OUTCOME_TASKS, GenerationOutcome),
    PROBE_REPORT: ProbeOutcome,
}
"""The message that each task takes which a worker may ask for."""


class SiteChannel(StrictChannel):
    """Takes what the site has signed, and from workers an outcome that is one.

    Whether that outcome belongs to a running attempt its service asks, by the fence.
    """

    def signing_key(self) -> bytes:
        """A key that whoever has the site's secret has, and no worker."""
        return salted_hmac("arena.config.broker", "messages", algorithm="sha256").digest()

    def judge_unsigned(self, queue: str, task: str, body: list[Any]) -> None:
        """Raise RefusedMessage unless it is an outcome for one of the tasks that take it."""
        arguments, keywords, following = body
        if queue != OUTCOME_QUEUE or task not in _TAKES:
            raise RefusedMessage("task")
        if len(arguments) != 1 or keywords or any(following.values()):
            raise RefusedMessage("arguments")
        try:
            _TAKES[task].from_json(arguments[0])
        except MalformedMessage as error:
            raise RefusedMessage("arguments") from error


class SiteTransport(StrictTransport):
    """The transport that CELERY_BROKER_TRANSPORT names."""

    Channel = SiteChannel
