"""Names of the Redis keys.

What a worker touches of an attempt is named after the attempt's fence: who was not given the fence
can't find it, and no role but the site's may list names (see ``wire.access``).
"""

from __future__ import annotations

import hashlib

PREFIX = "va"


def events(stream: str) -> str:
    """The battle's own log, a Redis Stream: what the site says, and which attempts there are."""
    return f"{PREFIX}:{{{stream}}}:events"


def address(fence: str) -> str:
    """Where an attempt is, by its secret; the secret can't be had from it."""
    return hashlib.sha256(f"{PREFIX}:attempt:{fence}".encode()).hexdigest()


def slot(address: str) -> str:
    """Hash of an attempt: state, next, owner, status, code."""
    return f"{PREFIX}:attempt:{address}:slot"


def lease(address: str) -> str:
    """Holds the owner while a worker is alive on this attempt; expires by itself."""
    return f"{PREFIX}:attempt:{address}:lease"


def answer(address: str) -> str:
    """What the worker says of this attempt, a Redis Stream."""
    return f"{PREFIX}:attempt:{address}:events"


def presence(stream: str) -> str:
    """Exists while a voter's socket is open, and for a while after it was lost."""
    return f"{PREFIX}:{{{stream}}}:presence"


def queue(name: str) -> str:
    """Sorted set of waiting attempts' addresses, scored by the time at which they were queued."""
    return f"{PREFIX}:queue:{name}"


def blob(digest: str) -> str:
    """Bytes under their own SHA-256."""
    return f"{PREFIX}:blob:{digest}"


def blob_users(digest: str) -> str:
    """Set of the sides that may still need a blob."""
    return f"{PREFIX}:blob-users:{digest}"


def sample(name: str) -> str:
    """A drawn sample picture that a visitor was shown."""
    return f"{PREFIX}:sample:{name}"


def worker(name: str) -> str:
    """What a live worker says of itself."""
    return f"{PREFIX}:worker:{name}"


WORKERS = f"{PREFIX}:workers"
"""Sorted set of workers' names, scored by the time of their last report."""

PLACES = f"{PREFIX}:places"
"""Sorted set of the battles that are being accepted, scored by the time of their asking."""

SAMPLES = f"{PREFIX}:samples"
"""List of drawn sample pictures that wait for a visitor."""

SAMPLES_ASKED = f"{PREFIX}:samples:asked"
"""Exists for a while after a worker was asked to draw more."""

REFUSED = f"{PREFIX}:refused"
"""Hash of how many messages were dropped, by reason."""
