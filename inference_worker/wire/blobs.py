"""Image bytes on their way to the worker, once per image, under their own SHA-256.

Many battles may show one picture. The blob knows the sides that may still need it, and goes with
the last of them.
"""

from __future__ import annotations

import hashlib
from typing import cast

from redis import Redis

from inference_worker.wire import keys

TTL_SECONDS = 3600
"""The most that it stays, should nobody say that it is needed no more."""

ANYBODY = "anybody"
"""The user of what stays for all of TTL_SECONDS."""

# KEYS: the blob, its users. ARGV: the user that goes.
_RELEASE = """
redis.call('SREM', KEYS[2], ARGV[1])
if redis.call('SCARD', KEYS[2]) == 0 then redis.call('DEL', KEYS[1]) end
"""


class MissingBlob(LookupError):
    """The bytes have expired or were never put; the site puts them again on a retry."""


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def put(redis: Redis, data: bytes, *, user: str = ANYBODY) -> str:
    """Store for a user, for TTL_SECONDS from now, and return the digest; putting twice costs
    nothing more.
    """
    name = digest(data)
    users = keys.blob_users(name)
    with redis.pipeline(transaction=True) as pipe:
        pipe.sadd(users, user)
        pipe.expire(users, TTL_SECONDS)
        pipe.set(keys.blob(name), data, ex=TTL_SECONDS)
        pipe.execute()
    return name


def release(redis: Redis, name: str, *, user: str) -> None:
    """Say that a side needs the bytes no more; with the last side they go. Works in a Redis that
    is full.
    """
    redis.register_script(_RELEASE)(keys=[keys.blob(name), keys.blob_users(name)], args=[user])


def erase(redis: Redis, name: str) -> None:
    """Delete the bytes, whoever may still need them."""
    redis.delete(keys.blob(name), keys.blob_users(name))


def get(redis: Redis, name: str) -> bytes:
    """Raises MissingBlob also when the bytes are not those that the name promises."""
    data = cast("bytes | None", redis.get(keys.blob(name)))
    if data is None or digest(data) != name:
        raise MissingBlob(name)
    return data
