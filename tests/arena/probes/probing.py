"""Probes of the tests: outcomes as a worker would send them, and a worker of one's own."""

from __future__ import annotations

from contextlib import contextmanager

from msgspec.structs import replace

from arena.catalog.questions import BOTH, BOXES, FIRST, LARGE, LONG, PLACE, SECOND, TURN, picture
from arena.core.redis import client
from arena.probes import dispatch, services
from inference_worker import process
from inference_worker.backends import BackendRegistry
from inference_worker.wire import blobs
from inference_worker.wire.probes import ProbeAnswer, ProbeOutcome
from tests.inference_worker.making import settings as worker_settings

RIGHT = {
    FIRST: "A red disc.",
    SECOND: "A blue square.",
    "no_picture": "I see no picture.",
    TURN: "It was red.",
    BOTH: "Red and blue.",
    PLACE: "There.",
    LONG: "A red disc on a white ground.",
    LARGE: "A red disc.",
}


def answers(**changes):
    """Right answers to all questions; a change gives a text, or the fields of one answer."""
    found = {name: {"text": text} for name, text in RIGHT.items()}
    for name, change in changes.items():
        found[name] = {**found[name], **({"text": change} if isinstance(change, str) else change)}
    times = {"tokens": 4, "pieces": 4, "first_text_ms": 100, "total_ms": 1230}
    return tuple(ProbeAnswer(name=name, **{**times, **fields}) for name, fields in found.items())


def failed(cause, code="unavailable", reason=""):
    """The answers of a model whose first question failed."""
    return (ProbeAnswer(name=FIRST, code=code, cause=cause, reason=reason),)


def outcome_of(version, **changes):
    """The outcome of the probe that is under way; all is right but for the changes."""
    request = dispatch.probe_of(version)
    right = ProbeOutcome(
        stream=request.stream,
        fence=request.fence,
        worker="worker-1",
        answers=answers(),
        revision="abc",
        memory_mb=12,
        used_mb=15,
    )
    return replace(right, **changes)


@contextmanager
def a_worker(valkey_url, **fields):
    """A real worker of this process, whose probes are run by the caller."""
    mine = worker_settings(redis_url=valkey_url, allow_scripted=True, **fields)
    worker = process.build(mine, backends=BackendRegistry(mine))
    try:
        yield worker
    finally:
        worker.abandon()
        worker.stop()


def probed(version, worker):
    """Run a version's probe in this worker, and store its report."""
    services.start_probe(version=version)
    for name in BOXES:
        blobs.put(client(), picture(name))
    services.finish_report(worker.prober.run(dispatch.probe_of(version)))
    version.refresh_from_db()
    return version.reports.first()
