"""Migrations that don't stop the site: they wait a short while for a lock, give way, and try again.

An ALTER TABLE that queues for its lock makes everybody else queue behind it. With a lock timeout it
leaves the queue, the votes go on, and the migration comes back a little later.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.core.management import call_command
from django.db import OperationalError, connection

LOCK_TIMEOUT = "500ms"
"""The longest time for which others wait for a table behind a waiting migration."""
STATEMENT_TIMEOUT = "15min"
PAUSE_SECONDS = 1.0
_LOCK_NOT_AVAILABLE = "55P03"


def migrate(*, attempts: int, say: Callable[[str], None]) -> None:
    """Apply what is missing. Each migration is a transaction: one that gave way left nothing.

    Raises OperationalError when the lock could not be had so many times.
    """
    limit_waiting()
    for attempt in range(1, attempts + 1):
        try:
            call_command("migrate", interactive=False, verbosity=1)
            break
        except OperationalError as error:
            gave_way = getattr(error.__cause__, "sqlstate", "") == _LOCK_NOT_AVAILABLE
            if not gave_way or attempt == attempts:
                raise
            say(f"A table is in use; trying again ({attempt} of {attempts}).")
            connection.close()
            time.sleep(PAUSE_SECONDS)


def limit_waiting() -> None:
    """This process's connection alone: one of its own, not from a pool."""
    if connection.vendor != "postgresql":
        return
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper alone has it
    options = connection.settings_dict["OPTIONS"]
    options.pop("pool", None)
    timeouts = f"-c lock_timeout={LOCK_TIMEOUT} -c statement_timeout={STATEMENT_TIMEOUT}"
    options["options"] = timeouts
    connection.close()
