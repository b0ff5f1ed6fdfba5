"""The Lua that makes claim, renewal and append atomic.

KEYS[1] is always the side's slot, KEYS[2] its lease, KEYS[3] the battle's events.
A slot is a hash: fence, attempt, state (queued, claimed, done), next (number of the next event),
owner, status and code (once done). All answers are one of the words in ``leases.Verdict``.
"""

from __future__ import annotations

# A claimed slot is never claimed again by a second delivery of the same message, even when its
# lease has run out: part of the text is already in the stream. Only a new attempt may begin anew.
CLAIM = """
local fence, state, owner = unpack(redis.call('HMGET', KEYS[1], 'fence', 'state', 'owner'))
if fence ~= ARGV[1] or state == 'done' then return 'lost' end
if state == 'claimed' and owner ~= ARGV[2] then return 'held' end
redis.call('HSET', KEYS[1], 'state', 'claimed', 'owner', ARGV[2])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 'ok'
"""

RENEW = """
local fence, state, owner = unpack(redis.call('HMGET', KEYS[1], 'fence', 'state', 'owner'))
if fence ~= ARGV[1] or state ~= 'claimed' or owner ~= ARGV[2] then return 'lost' end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 'ok'
"""

# ARGV: fence, time to live in seconds, then per event: number, kind, text.
# A repeated append (the answer to the first was lost on the way) changes nothing and is 'ok'.
APPEND = """
local fence, state, nxt, attempt, side =
    unpack(redis.call('HMGET', KEYS[1], 'fence', 'state', 'next', 'attempt', 'side'))
if fence ~= ARGV[1] then return 'lost' end
nxt = tonumber(nxt)
for i = 3, #ARGV, 3 do
  local number, kind, text = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
  if number > nxt then return 'gap' end
  if number == nxt then
    if state == 'done' then return 'lost' end
    redis.call('XADD', KEYS[3], '*', 's', side, 't', attempt, 'n', number, 'k', kind, 'x', text)
    nxt = nxt + 1
    redis.call('HSET', KEYS[1], 'next', nxt)
    if kind == 'ended' or kind == 'failed' or kind == 'stopped' then
      state = 'done'
      redis.call('HSET', KEYS[1], 'state', 'done', 'status', kind, 'code', text)
      redis.call('DEL', KEYS[2])
    end
  end
end
redis.call('EXPIRE', KEYS[3], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 'ok'
"""

# The site ends a side (stop, next, lost voter): whatever the worker writes afterwards is 'lost'.
# `next` stays: were it counted on, the worker's own event of that number would pass for a repeat.
# ARGV: fence, time to live in seconds, kind, text.
CLOSE = """
local fence, state, nxt, attempt, side =
    unpack(redis.call('HMGET', KEYS[1], 'fence', 'state', 'next', 'attempt', 'side'))
if fence ~= ARGV[1] then return 'lost' end
if state == 'done' then return 'held' end
redis.call('XADD', KEYS[3], '*', 's', side, 't', attempt, 'n', nxt, 'k', ARGV[3], 'x', ARGV[4])
redis.call('HSET', KEYS[1], 'state', 'done', 'status', ARGV[3], 'code', ARGV[4])
redis.call('DEL', KEYS[2])
redis.call('EXPIRE', KEYS[3], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 'ok'
"""
