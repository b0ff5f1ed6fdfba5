"""The worker's way back from a probe, and the clock that looks after probes."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arena.probes import services
from inference_worker.wire.messages import PROBE_REPORT
from inference_worker.wire.probes import ProbeOutcome


@shared_task(name=PROBE_REPORT)
def store_report(outcome: dict[str, Any]) -> bool:
    """Store the outcome of a probe; False for one of an earlier probe or of none."""
    return services.finish_report(ProbeOutcome.from_json(outcome))


@shared_task(name="arena.probes.watch")
def watch() -> int:
    """End the probes that no worker will end; runs every five seconds."""
    return services.watch_probes()
