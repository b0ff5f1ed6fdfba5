"""The tasks that the beat starts, their intervals, and the queue of those that take seconds."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

SLOW_QUEUE = "arena-slow"
"""The queue of tasks that take seconds of a core, which a separate process can serve."""
CELERY_TASK_ROUTES = {
    "arena.battles.judge_answers": {"queue": SLOW_QUEUE},
    "arena.boards.update_background_boards": {"queue": SLOW_QUEUE},
    "arena.boards.verify_ledger": {"queue": SLOW_QUEUE},
    "arena.api.tell_changes": {"queue": SLOW_QUEUE},
    "arena.integrity.examine": {"queue": SLOW_QUEUE},
    "arena.console.tell_alarms": {"queue": SLOW_QUEUE},
    "arena.privacy.retain": {"queue": SLOW_QUEUE},
    "arena.datasets.publish": {"queue": SLOW_QUEUE},
}


def _every(seconds: float, task: str) -> dict[str, Any]:
    """Return an entry of the beat; a message that is overtaken by the next one expires."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    "reap": _every(2.0, "arena.battles.reap"),
    "check": _every(5.0, "arena.catalog.check"),
    "watch-probes": _every(5.0, "arena.probes.watch"),
    "expire": _every(60.0, "arena.battles.expire"),
    "discard-prepared": _every(15.0, "arena.samples.discard_outdated"),
    "offer-shadows": _every(30.0, "arena.shadows.offer"),
    "judge-answers": _every(30.0, "arena.battles.judge_answers"),
    "collect": _every(600.0, "arena.battles.collect"),
    "update-live-boards": _every(1.0, "arena.boards.update_live_boards"),
    "request-background-update": _every(5.0, "arena.boards.request_background_update"),
    "tell-changes": _every(15.0, "arena.api.tell_changes"),
    "examine-votes": _every(60.0, "arena.integrity.examine"),
    "tell-alarms": _every(30.0, "arena.console.tell_alarms"),
    "retain": _every(300.0, "arena.privacy.retain"),
    "publish": _every(30.0, "arena.datasets.publish"),
    "prune-snapshots": _every(3600.0, "arena.boards.prune_snapshots"),
    "verify-ledger": {
        "task": "arena.boards.verify_ledger",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"expires": 3600.0},
    },
}
