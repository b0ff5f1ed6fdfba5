"""`python -m inference_worker.present`: has this machine's worker reported? For health checks."""

from __future__ import annotations

import socket
import sys

from redis import Redis, RedisError

from inference_worker import settings
from inference_worker.wire import presence

_SECONDS = 3.0


def main() -> int:
    """An exit status: 0 where a worker of this host, or of the name that is set, is there."""
    told = settings.read()
    redis = Redis.from_url(told.redis_url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
    try:
        with redis:
            names = [worker.name for worker in presence.workers(redis)]
    except RedisError as error:
        sys.stderr.write(f"Redis: {error}\n")
        return 1
    host = f"{socket.gethostname()}-"
    return int(not any(name == told.name or name.startswith(host) for name in names))


if __name__ == "__main__":
    sys.exit(main())
