"""The task of data sets: it calls one service."""

from __future__ import annotations

from celery import shared_task

from arena.publications.services import publishing


@shared_task(name="arena.datasets.publish", ignore_result=True)
def publish() -> None:
    """Go on with what is being published, for some seconds; the beat calls each half minute."""
    publishing.publish()
