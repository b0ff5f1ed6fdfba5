"""Places in the lines of the queues, taken before a battle is accepted.

A line is long only once its sides stand in it. Of a hundred battles that ask at the same moment
each would find it empty, so whoever asks holds a place until its sides are in line. A side whose
leaving got lost, because Redis was away at that moment, leaves with its slot at the latest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from redis import Redis

from inference_worker.wire import keys
from inference_worker.wire.leases import SLOT_SECONDS
from inference_worker.wire.messages import SIDES

HOLD_SECONDS = 30
"""A place that nobody gives back, because its process ended, is free again after this."""

# KEYS: places held, the lines. ARGV: name, seconds of a place that is held and of one in a line,
# sides of a battle, the most of each line.
_TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
local held = redis.call('ZCARD', KEYS[1]) + 1
for line = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[line], '-inf', now - ARGV[3])
  local waiting = redis.call('ZCARD', KEYS[line]) + held * ARGV[4]
  if waiting > tonumber(ARGV[line + 3]) then return 0 end
end
redis.call('ZADD', KEYS[1], now, ARGV[1])
return held
"""


def take(redis: Redis, name: str, *, most: Mapping[str, int]) -> int:
    """Hold a place for a battle; ``most`` says how many sides may wait on each queue.

    Returns how many places are held with this one; 0 where a line is full. Given a pipeline, it is
    the pipeline that returns it. Raises RedisError; a Redis that is full refuses.
    """
    args: list[str | int] = [name, HOLD_SECONDS, SLOT_SECONDS, len(SIDES), *most.values()]
    lines = [keys.queue(queue) for queue in most]
    return cast(int, redis.register_script(_TAKE)(keys=[keys.PLACES, *lines], args=args))


def give_back(redis: Redis, name: str) -> None:
    """Free the place; its sides are in line by now, or never will be."""
    redis.zrem(keys.PLACES, name)
