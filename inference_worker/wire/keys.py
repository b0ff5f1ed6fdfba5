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
    """Return the address of an attempt by its secret, which can't be had from the address."""
    return hashlib.sha256(f"{PREFIX}:attempt:{fence}".encode()).hexdigest()


def slot(address: str) -> str:
    """Hash of an attempt: state, next, queue, owner, status, code."""
    return f"{PREFIX}:attempt:{address}:slot"


def lease(address: str) -> str:
    """Holds the owner while a worker is alive on this attempt; expires by itself."""
    return f"{PREFIX}:attempt:{address}:lease"


def answer(address: str) -> str:
    """Return the name of the attempt's own log, the Redis Stream that its worker writes."""
    return f"{PREFIX}:attempt:{address}:events"


def presence(stream: str) -> str:
    """Return the key that exists while a voter's socket is open, and for a while after."""
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
    """Return the name of a live worker's report."""
    return f"{PREFIX}:worker:{name}"


def probe(address: str) -> str:
    """Return the key of a probe's phase, by the address of its secret."""
    return f"{PREFIX}:probe:{address}"


def model_list(token: str) -> str:
    """The names of the models at an endpoint, for whoever asked."""
    return f"{PREFIX}:model-list:{token}"


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
