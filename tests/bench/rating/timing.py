"""CPU time and memory of one call, and rows of figures."""

from __future__ import annotations

import time
import tracemalloc

# A short call repeats within its turn, so that it is not timed with another's data in the caches.
_TURN, _MOST_CALLS = 0.03, 20


def cpu(call, rounds=5):
    """Least CPU seconds of a call over the rounds."""
    least = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        call()
        least = min(least, time.process_time() - start)
    return least


def interleaved(calls, rounds=5):
    """Least CPU seconds per named call, taking turns so that all see the same machine."""
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            once = cpu(call, 1)
            again = min(int(_TURN / max(once, 1e-6)), _MOST_CALLS)
            least[name] = min(least[name], once, cpu(call, again))
    return least


def extra_mib(call):
    """Most memory that a call held beside what was there, in MiB."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def show(row, value, target=""):
    """One line of the table."""
    print(f"{row:<62}{value:<34}{target}", flush=True)
