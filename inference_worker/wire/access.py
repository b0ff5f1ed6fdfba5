"""The accounts in Redis, one for each role, as the rules of an ACL file.

    python -m inference_worker.wire.access users.acl

The site may do what it needs and nothing that stops, empties or copies the store. A worker may take
messages from its own queues and put messages on the one for outcomes. It may use an attempt, a
picture and its own report, by names that it must have been given: it can list nothing. Passwords
come from the environment, and the file contains their SHA-256.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from inference_worker.wire import keys
from inference_worker.wire.messages import DEFAULT_QUEUE, OUTCOME_QUEUE

Role = Literal["site", "worker", "health", "operator"]

_QUEUE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_SITE_QUEUES = frozenset({OUTCOME_QUEUE, "arena", "arena-slow"})
_SITE = (
    "~* &* +@all -@admin -@dangerous -@blocking -function -fcall -fcall_ro -script"
    " -acl -memory -cluster -command -dump -swapdb -scan -randomkey -object -move -copy -wait"
    " -waitaof +brpop +bzpopmin +xread +xreadgroup +script|load +script|exists"
    " +info +client|setinfo +client|setname +client|id"
)
_EVERY_WORKER = (
    "+evalsha ~va:attempt:*",
    "+hmget +hset +expire ~va:attempt:*:slot",
    "+set +pexpire +del ~va:attempt:*:lease",
    "+xadd +expire ~va:attempt:*:events",
    "+get %R~va:blob:*",
    f"+lpush %W~{OUTCOME_QUEUE}",
    f"+zrem %W~{keys.queue('*')}",
    f"+set +expire %W~{keys.worker('*')}",
    f"+zadd %W~{keys.WORKERS}",
    f"+rpush %W~{keys.SAMPLES}",
    f"+hincrby %W~{keys.REFUSED}",
    f"+set %W~{keys.model_list('*')}",
    f"+set %W~{keys.probe('*')}",
)


class BadAccess(ValueError):
    """A password is missing, or a queue's name can't stand in a rule."""


def rules(passwords: Mapping[Role, str], *, queues: Sequence[str] = (DEFAULT_QUEUE,)) -> str:
    """The lines of an ACL file. ``operator`` may do everything and is there only with a password;
    ``health`` may ask whether Redis is there, and needs none. Raises BadAccess."""
    for role in ("site", "worker"):
        if not passwords.get(role):
            raise BadAccess(f"no password for {role}")
    for queue in queues:
        if not _QUEUE.fullmatch(queue) or queue in _SITE_QUEUES:
            raise BadAccess(f"{queue!r} can't be the queue of a worker")
    own = " ".join(f"~{queue}" for queue in queues)
    selectors = " ".join(f"({one})" for one in (f"+brpop {own}", *_EVERY_WORKER))
    lines = [
        "user default off resetkeys resetchannels -@all",
        "user health on nopass resetkeys resetchannels -@all +ping",
        f"user site on {_hashed(passwords['site'])} {_SITE}",
        f"user worker on {_hashed(passwords['worker'])} resetkeys resetchannels -@all"
        f" +ping +select +client|setinfo +client|setname {selectors}",
    ]
    if passwords.get("operator"):
        lines.append(f"user operator on {_hashed(passwords['operator'])} ~* &* +@all")
    return "".join(f"{line}\n" for line in lines)


def main() -> int:
    """Write the file that the first argument names; the exit status is 0."""
    environ = os.environ
    names: dict[Role, str] = {
        "site": "ARENA_REDIS_PASSWORD",
        "worker": "ARENA_REDIS_WORKER_PASSWORD",
        "operator": "ARENA_REDIS_OPERATOR_PASSWORD",
    }
    passwords = {}
    for role, name in names.items():
        file = environ.get(f"{name}_FILE")
        passwords[role] = Path(file).read_text().strip() if file else environ.get(name, "")
    queues = environ.get("ARENA_WORKER_QUEUES") or DEFAULT_QUEUE
    try:
        text = rules(passwords, queues=[one.strip() for one in queues.split(",") if one.strip()])
        Path(sys.argv[1]).write_text(text)
    except (BadAccess, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _hashed(password: str) -> str:
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"


if __name__ == "__main__":
    sys.exit(main())
