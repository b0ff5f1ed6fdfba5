"""The task of privacy: it calls one service."""

from __future__ import annotations

from celery import shared_task

from arena.privacy import services


@shared_task(name="arena.privacy.retain")
def retain() -> int:
    """Erase what has had its time; the beat calls every five minutes."""
    return services.retain().erased
