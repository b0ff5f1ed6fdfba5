"""Many callers at the same moment, each with a database connection of its own."""

from __future__ import annotations

import threading

from django.db import connection


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
