"""The way of a probe to the worker, and what the worker says of it meanwhile."""

from __future__ import annotations

from celery import current_app
from django.conf import settings

from arena.catalog.dispatch import derived_names
from arena.catalog.models import ModelVersion
from arena.catalog.questions import BOXES, picture, questions
from arena.core.redis import client
from inference_worker.wire import blobs, probes, task
from inference_worker.wire.messages import OUTCOME_QUEUE, PROBE_REPORT
from inference_worker.wire.probes import ProbeProgress, ProbeRequest


def begin_probe(version: ModelVersion) -> None:
    """Submit the probe of the version's ``tried_at``. Raises one of ``catalog.dispatch.BROKEN``."""
    for name in BOXES:
        blobs.put(client(), picture(name))
    task.submit_probe(
        current_app, probe_of(version), callback=PROBE_REPORT, callback_queue=OUTCOME_QUEUE
    )


def progress_of(version: ModelVersion) -> ProbeProgress | None:
    """Return how far the probe of the version's ``tried_at`` is; None where no worker has said so
    lately. Raises RedisError."""
    return probes.progress_of(client(), probe_of(version).fence)


def probe_of(version: ModelVersion) -> ProbeRequest:
    """Return the request of an operator's probe. Raises ValueError for a version never probed."""
    stream, fence = derived_names(version, "probe", version.tried_at)
    return ProbeRequest(
        stream=stream,
        fence=fence,
        queue=version.card.queue,
        model=version.spec,
        questions=questions(),
        seconds=settings.ANSWER_SECONDS,
        max_characters=min(settings.ANSWER_MAX_CHARACTERS, probes.MOST_TEXT),
        max_reasoning_tokens=settings.ANSWER_MAX_REASONING_TOKENS,
    )
