"""The tasks of the console."""

from __future__ import annotations

from celery import shared_task

from arena.console import services


@shared_task(name="arena.console.tell_alarms", ignore_result=True)
def tell_alarms() -> None:
    """Run by the beat: tell operators what needs their attention."""
    services.tell_alarms()
