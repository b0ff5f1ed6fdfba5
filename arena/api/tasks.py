"""The tasks of the API."""

from __future__ import annotations

from celery import shared_task

from arena.api.services import announcing, webhooks


@shared_task(name="arena.api.tell_changes", ignore_result=True)
def tell_changes() -> None:
    """Run by the beat: find changes of rankings, and tell who wants to know."""
    announcing.note_changes()
    webhooks.deliver_changes()
