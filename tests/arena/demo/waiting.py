"""Waiting for what other processes do."""

from __future__ import annotations

import time


def until(condition, seconds=120.0):
    """Return when `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
