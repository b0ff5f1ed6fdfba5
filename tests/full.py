"""A Redis that takes no more: it refuses what needs memory, and does everything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from redis import Redis


@contextmanager
def full(redis: Redis) -> Iterator[None]:
    """Its limit is under what it holds, for as long as the block runs."""
    before = cast("dict[str, str]", redis.config_get("maxmemory"))["maxmemory"]
    redis.config_set("maxmemory", 1)
    try:
        yield
    finally:
        redis.config_set("maxmemory", before)
