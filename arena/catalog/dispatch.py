"""The catalogue's way to the worker: the checks that bring a failed version back."""

from __future__ import annotations

import hmac
import re
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.utils.crypto import salted_hmac
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from arena.catalog.models import ModelVersion, VersionHealth
from arena.catalog.questions import CIRCLE, SHORT_TOKENS, WHAT, picture
from arena.core.redis import client
from inference_worker.wire import blobs, leases, task
from inference_worker.wire.messages import (
    OUTCOME_QUEUE,
    PROBE_OUTCOME,
    PROBE_STREAM,
    AnswerLimits,
    GenerationOutcome,
    GenerationRequest,
    TurnInput,
)
from inference_worker.wire.probes import ProbeOutcome, ProbeRequest

_NUMBER = re.compile(r"[0-9]{1,18}")

BROKEN = (RedisError, KombuError, OSError)
"""The exceptions of a broker or a Redis that cannot be reached."""


def begin_check(health: VersionHealth) -> None:
    """Submit the check of ``asked_at``. Raises one of BROKEN."""
    request = check_of(health)
    blobs.put(client(), picture(CIRCLE))
    leases.prepare(client(), request)
    task.submit(current_app, request, callback=PROBE_OUTCOME, callback_queue=OUTCOME_QUEUE)


def observe_check(health: VersionHealth) -> leases.AttemptSlot:
    """Return the state of the check that is under way, from Redis. Raises RedisError."""
    return leases.observe(client(), [check_of(health).fence])[0]


def version_of(outcome: GenerationOutcome | ProbeOutcome) -> int:
    """The version that this claims to be about, 0 for none; ``belongs`` says whether it is."""
    number = outcome.stream.removeprefix(PROBE_STREAM).partition("-")[0]
    known = outcome.stream.startswith(PROBE_STREAM) and _NUMBER.fullmatch(number)
    return int(number) if known else 0


def belongs(
    outcome: GenerationOutcome | ProbeOutcome, request: GenerationRequest | ProbeRequest
) -> bool:
    """Return whether this is the outcome of that request, by one who holds its fence."""
    expected = f"{request.stream} {request.fence}"
    said = f"{outcome.stream} {outcome.fence}"
    return hmac.compare_digest(expected.encode(), said.encode(errors="replace"))


def check_of(health: VersionHealth) -> GenerationRequest:
    """Return the request of a check: the probe's first question. Raises ValueError while none is
    under way."""
    version = health.version
    stream, fence = derived_names(version, "check", health.asked_at)
    return GenerationRequest(
        stream=stream,
        side="a",
        attempt=1,
        fence=fence,
        queue=version.card.queue,
        model=version.spec,
        turn=TurnInput(prompt=WHAT, images=(blobs.digest(picture(CIRCLE)),)),
        limits=AnswerLimits(
            max_new_tokens=SHORT_TOKENS,
            max_characters=400,
            temperature=0.0,
            seconds=settings.ANSWER_SECONDS,
            max_reasoning_tokens=settings.ANSWER_MAX_REASONING_TOKENS,
        ),
    )


def derived_names(version: ModelVersion, kind: str, asked_at: datetime | None) -> tuple[str, str]:
    """Return stream and fence, derived instead of stored: each probe has its own, and an earlier
    one's are void. Raises ValueError where nobody has asked."""
    if asked_at is None:
        raise ValueError("nobody has asked this version anything")
    asked = f"{version.pk} {asked_at.isoformat()}"
    stream = f"{PROBE_STREAM}{version.pk}-{_secret(f'{kind} stream', asked)}"
    return stream, _secret(f"{kind} fence", asked)


def _secret(purpose: str, asked: str) -> str:
    return salted_hmac(f"arena.catalog.{purpose}", asked, algorithm="sha256").hexdigest()[:32]
