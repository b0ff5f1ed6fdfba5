"""Names of the Redis keys. One battle's keys share a hash tag, so a cluster keeps them together."""

from __future__ import annotations

PREFIX = "va"


def events(stream: str) -> str:
    """The battle's ordered event log, a Redis Stream."""
    return f"{PREFIX}:{{{stream}}}:events"


def slot(stream: str, side: str) -> str:
    """Hash of one side: fence, attempt, state, next, owner, status, code."""
    return f"{PREFIX}:{{{stream}}}:{side}"


def lease(stream: str, side: str) -> str:
    """Holds the owner while a worker is alive on this side; expires by itself."""
    return f"{PREFIX}:{{{stream}}}:{side}:lease"


def presence(stream: str) -> str:
    """Exists while a voter's socket is open, and for a while after it was lost."""
    return f"{PREFIX}:{{{stream}}}:presence"


def queue(name: str) -> str:
    """Sorted set of waiting sides, scored by the time at which they were queued."""
    return f"{PREFIX}:queue:{name}"


def blob(digest: str) -> str:
    """Bytes under their own SHA-256."""
    return f"{PREFIX}:blob:{digest}"


def sample(name: str) -> str:
    """A drawn sample picture that a visitor was shown."""
    return f"{PREFIX}:sample:{name}"


def worker(name: str) -> str:
    """What a live worker says of itself."""
    return f"{PREFIX}:worker:{name}"


WORKERS = f"{PREFIX}:workers"
"""Sorted set of workers' names, scored by the time of their last report."""

SAMPLES = f"{PREFIX}:samples"
"""List of drawn sample pictures that wait for a visitor."""

SAMPLES_ASKED = f"{PREFIX}:samples:asked"
"""Exists for a while after a worker was asked to draw more."""

REFUSED = f"{PREFIX}:refused"
"""Hash of how many messages were dropped, by reason."""
