"""The catalogue's way to the worker: a trial is a real generation on a small drawn picture."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from functools import cache
from io import BytesIO

from celery import current_app
from django.conf import settings
from django.utils.crypto import salted_hmac
from kombu.exceptions import KombuError
from PIL import Image, ImageDraw
from redis.exceptions import RedisError

from arena.catalog.models import ModelVersion, VersionHealth
from arena.core.redis import client
from inference_worker.wire import blobs, leases, task
from inference_worker.wire.messages import (
    OUTCOME_QUEUE,
    TRIAL,
    TRIAL_OUTCOME,
    GenerationRequest,
    Limits,
    Outcome,
    Turn,
)

PROMPT = "What is in the picture?"
_NUMBER = re.compile(r"[0-9]{1,18}")

BROKEN = (RedisError, KombuError, OSError)
"""What a broker or a Redis that can't be reached may raise."""


def begin_trial(version: ModelVersion) -> None:
    """Submit the trial of the version's ``tried_at``. Raises one of BROKEN."""
    _begin(trial_of(version))


def begin_check(health: VersionHealth) -> None:
    """Submit the check of ``asked_at``. Raises one of BROKEN."""
    _begin(check_of(health))


def observe_check(health: VersionHealth) -> leases.Slot:
    """What Redis knows of the check that is under way. Raises RedisError."""
    return leases.observe(client(), [check_of(health).fence])[0]


def _begin(request: GenerationRequest) -> None:
    blobs.put(client(), sample_picture())
    leases.prepare(client(), request)
    task.submit(current_app, request, callback=TRIAL_OUTCOME, callback_queue=OUTCOME_QUEUE)


def version_of(outcome: Outcome) -> int:
    """The version that this claims to be a trial of, 0 for none; ``belongs`` says whether it is."""
    number = outcome.stream.removeprefix(TRIAL).partition("-")[0]
    known = outcome.stream.startswith(TRIAL) and _NUMBER.fullmatch(number)
    return int(number) if known else 0


def belongs(outcome: Outcome, request: GenerationRequest) -> bool:
    """Whether this is the outcome of that trial or check, by one who holds its fence."""
    expected = f"{request.stream} {request.fence}"
    said = f"{outcome.stream} {outcome.fence}"
    return hmac.compare_digest(expected.encode(), said.encode(errors="replace"))


@cache
def sample_picture() -> bytes:
    """A red disc on white, as PNG."""
    picture = Image.new("RGB", (96, 96), "white")
    ImageDraw.Draw(picture).ellipse((24, 24, 72, 72), fill="red")
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def trial_of(version: ModelVersion) -> GenerationRequest:
    """What an operator's trial asks. Raises ValueError for a version that was never tried."""
    return _request(version, "trial", version.tried_at)


def check_of(health: VersionHealth) -> GenerationRequest:
    """What a check asks: the same. Raises ValueError while none is under way."""
    return _request(health.version, "check", health.asked_at)


def _request(version: ModelVersion, kind: str, asked_at: datetime | None) -> GenerationRequest:
    """Stream and fence are derived instead of stored: each trial has its own, and an earlier one's
    are void."""
    if asked_at is None:
        raise ValueError("nobody has asked this version anything")
    asked = f"{version.pk} {asked_at.isoformat()}"
    return GenerationRequest(
        stream=f"{TRIAL}{version.pk}-{_secret(f'{kind} stream', asked)}",
        side="a",
        attempt=1,
        fence=_secret(f"{kind} fence", asked),
        queue=version.card.queue,
        model=version.spec,
        turn=Turn(prompt=PROMPT, images=(blobs.digest(sample_picture()),)),
        limits=Limits(
            max_new_tokens=32,
            max_characters=400,
            temperature=0.0,
            seconds=settings.ANSWER_SECONDS,
        ),
    )


def _secret(purpose: str, asked: str) -> str:
    return salted_hmac(f"arena.catalog.{purpose}", asked, algorithm="sha256").hexdigest()[:32]
