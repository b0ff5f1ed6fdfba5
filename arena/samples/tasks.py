"""The task of sample pictures: it calls one service."""

from __future__ import annotations

from celery import shared_task

from arena.samples import services


@shared_task(name="arena.samples.discard_outdated")
def discard_outdated() -> int:
    """Discard prepared battles that may not be shown any more; the beat calls every 15 seconds."""
    return services.discard_outdated()
