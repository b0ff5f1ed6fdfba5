"""The Lua that makes claim, renewal and append atomic.

KEYS[1] is always the attempt's slot, KEYS[2] its lease. A slot is a hash: state (queued, claimed,
done), next (number of the next event), queue (in whose line it stands), owner, status and code
(once done). All answers are one of the words in ``leases.Verdict``.

A worker may run what is loaded and load nothing: a script of its own could keep Redis busy for
ever. So the site loads these whenever it prepares an attempt, and each time its reaper looks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis


@dataclass(frozen=True, slots=True)
class RedisScript:
    """A script that is run by its digest."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)

    def run(self, redis: Redis, *, names: Sequence[str], arguments: Sequence[Any]) -> Any:
        """The script's answer; given a pipeline it waits there. Raises NoScriptError where it is
        not loaded."""
        return redis.evalsha(self.sha, len(names), *names, *arguments)


# A claimed slot is never claimed again by a second delivery of the same message, even when its
# lease has run out: part of the text is already in the stream. Only a new attempt may begin anew.
CLAIM = RedisScript("""
local state, owner = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner'))
if not state or state == 'done' then return 'lost' end
if state == 'claimed' and owner ~= ARGV[1] then return 'held' end
redis.call('HSET', KEYS[1], 'state', 'claimed', 'owner', ARGV[1])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 'ok'
""")

# A Redis that is full takes no new key, but lets a lease that is there live on.
RENEW = RedisScript("""
local state, owner = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner'))
if state ~= 'claimed' or owner ~= ARGV[1] then return 'lost' end
if redis.call('PEXPIRE', KEYS[2], ARGV[2]) == 0 then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
end
return 'ok'
""")

# KEYS[3]: the attempt's events. ARGV: time to live in seconds, then per event: number, kind, text.
# A repeated append (the answer to the first was lost on the way) changes nothing and is 'ok'.
APPEND = RedisScript("""
local state, nxt = unpack(redis.call('HMGET', KEYS[1], 'state', 'next'))
if not state then return 'lost' end
nxt = tonumber(nxt)
for i = 2, #ARGV, 3 do
  local number, kind, text = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
  if number > nxt then return 'gap' end
  if number == nxt then
    if state == 'done' then return 'lost' end
    redis.call('XADD', KEYS[3], '*', 'n', number, 'k', kind, 'x', text)
    nxt = nxt + 1
    redis.call('HSET', KEYS[1], 'next', nxt)
    if kind == 'ended' or kind == 'failed' then
      state = 'done'
      redis.call('HSET', KEYS[1], 'state', 'done', 'status', kind, 'code', text)
      redis.call('DEL', KEYS[2])
    end
  end
end
redis.call('EXPIRE', KEYS[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 'ok'
""")

# The site ends a side (stop, next, lost voter): whatever the worker writes afterwards is 'lost'. It
# says so in the battle's own log, KEYS[3], to which no worker can write.
# ARGV: time to live in seconds, side, attempt, kind, text, turn.
CLOSE = RedisScript("""
local state, nxt = unpack(redis.call('HMGET', KEYS[1], 'state', 'next'))
if not state then return 'lost' end
if state == 'done' then return 'held' end
local said = {'s', ARGV[2], 't', ARGV[3], 'n', tonumber(nxt) or 0, 'k', ARGV[4], 'x', ARGV[5]}
if ARGV[6] ~= '0' then said[11], said[12] = 'u', ARGV[6] end
redis.call('XADD', KEYS[3], '*', unpack(said))
redis.call('HSET', KEYS[1], 'state', 'done', 'status', ARGV[4], 'code', ARGV[5])
redis.call('DEL', KEYS[2])
redis.call('EXPIRE', KEYS[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 'ok'
""")


WORKERS = (CLAIM, RENEW, APPEND)


def load(redis: Redis) -> None:
    """Let workers run theirs; given a pipeline it waits there."""
    for script in WORKERS:
        redis.script_load(script.text)
