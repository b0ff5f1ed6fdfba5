"""The task of integrity."""

from __future__ import annotations

from celery import shared_task

from arena.integrity.services.examination import examine_votes


@shared_task(name="arena.integrity.examine", ignore_result=True)
def examine() -> None:
    """Run by the beat each minute, on the queue of what keeps a core busy."""
    examine_votes()
