"""Health check: has a worker of this machine reported? Run by a container or supervisor."""

from __future__ import annotations

import os
import socket
import sys

from redis import Redis, RedisError

from inference_worker import alive, settings
from inference_worker.wire import keys

_SECONDS = 3.0


def main() -> int:
    """Return 0 where a worker of this host, or of the name that is set, has reported, 1 where none
    has, 75 where Redis is away or takes nothing."""
    told = settings.read()
    redis = Redis.from_url(told.redis_url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
    try:
        with redis:
            redis.set(keys.worker(f"{socket.gethostname()} checks"), b"", ex=1)
    except RedisError as error:
        sys.stderr.write(f"Redis: {error}\n")
        return os.EX_TEMPFAIL
    return int(not alive.lately(told.name))


if __name__ == "__main__":
    sys.exit(main())
