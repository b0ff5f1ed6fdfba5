"""Many callers at the same moment, each with a database connection of its own."""

from __future__ import annotations

import threading
import time

from django.db import connection, transaction


def at_once(function, arguments):
    """Call with each argument in a thread of its own, all let go together; what they returned."""
    results, start = [], threading.Barrier(len(arguments), timeout=120)

    def call(argument):
        try:
            start.wait()
            results.append(function(argument))
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def late(late_comer, earlier):
    """Call one function while the transaction of the other has done its work and is not committed,
    which it is once the late comer waits for it or is through; return what the latter returned."""
    results = []

    def call():
        try:
            results.append(late_comer())
        finally:
            connection.close()

    thread = threading.Thread(target=call)
    with transaction.atomic():
        earlier()
        thread.start()
        # SQLite says of nobody that they wait, and lets everybody see what was committed before.
        while connection.vendor == "postgresql" and thread.is_alive() and not _somebody_waits():
            time.sleep(0.01)
    thread.join()
    return results[0]


def _somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0
