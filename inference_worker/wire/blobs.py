"""Image bytes on their way to the worker, once per image, under their own SHA-256."""

from __future__ import annotations

import hashlib
from typing import cast

from redis import Redis

from inference_worker.wire import keys

TTL_SECONDS = 3600


class MissingBlob(LookupError):
    """The bytes have expired or were never put; the site puts them again on a retry."""


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def put(redis: Redis, data: bytes) -> str:
    """Store for TTL_SECONDS from now and return the digest; putting twice costs nothing more."""
    name = digest(data)
    redis.set(keys.blob(name), data, ex=TTL_SECONDS)
    return name


def get(redis: Redis, name: str) -> bytes:
    """Raises MissingBlob also when the bytes are not those that the name promises."""
    data = cast("bytes | None", redis.get(keys.blob(name)))
    if data is None or digest(data) != name:
        raise MissingBlob(name)
    return data
