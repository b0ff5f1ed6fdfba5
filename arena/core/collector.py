"""Garbage collection of programs that serve visitors."""

from __future__ import annotations

import gc


def collect_often() -> None:
    """Collect as often as by Python's own setting, and leave out what the start has made.

    The settings let a start collect seldom. Afterwards that would keep uploads in memory: one that
    is refused hangs in a cycle, and hundreds of them would wait for the collector.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 10)
