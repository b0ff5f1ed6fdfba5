"""The catalogue's way to the worker: a trial is a real generation on a small drawn picture."""

from __future__ import annotations

import hmac
from functools import cache
from io import BytesIO

from celery import current_app
from django.conf import settings
from django.utils.crypto import salted_hmac
from kombu.exceptions import KombuError
from PIL import Image, ImageDraw
from redis.exceptions import RedisError

from arena.catalog.models import ModelVersion
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

BROKEN = (RedisError, KombuError, OSError)
"""What a broker or a Redis that can't be reached may raise."""


def begin_trial(version: ModelVersion) -> None:
    """Submit the trial of the version's ``tried_at``. Raises one of BROKEN."""
    request = _request(version)
    blobs.put(client(), sample_picture())
    leases.prepare(client(), request)
    task.submit(current_app, request, callback=TRIAL_OUTCOME, callback_queue=OUTCOME_QUEUE)


def version_of(outcome: Outcome) -> int:
    """The version that this claims to be a trial of, 0 for none; ``belongs`` says whether it is."""
    number = outcome.stream.removeprefix(TRIAL).partition("-")[0]
    return int(number) if outcome.stream.startswith(TRIAL) and number.isdecimal() else 0


def belongs(outcome: Outcome, version: ModelVersion) -> bool:
    """Whether this is the outcome of the version's newest trial, by one who holds its fence."""
    expected = f"{_stream(version)} {_fence(version)}"
    return hmac.compare_digest(expected, f"{outcome.stream} {outcome.fence}")


@cache
def sample_picture() -> bytes:
    """A red disc on white, as PNG."""
    picture = Image.new("RGB", (96, 96), "white")
    ImageDraw.Draw(picture).ellipse((24, 24, 72, 72), fill="red")
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _request(version: ModelVersion) -> GenerationRequest:
    return GenerationRequest(
        stream=_stream(version),
        side="a",
        attempt=1,
        fence=_fence(version),
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


def _stream(version: ModelVersion) -> str:
    return f"{TRIAL}{version.pk}-{_secret('stream', version)}"


def _fence(version: ModelVersion) -> str:
    return _secret("fence", version)


def _secret(purpose: str, version: ModelVersion) -> str:
    """Derived instead of stored: each trial has its own, and an earlier trial's is void."""
    if version.tried_at is None:
        raise ValueError("a version that is not being tried has no trial")
    trial = f"{version.pk} {version.tried_at.isoformat()}"
    return salted_hmac(f"arena.catalog.{purpose}", trial, algorithm="sha256").hexdigest()[:32]
