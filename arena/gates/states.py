"""What a gate may say."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """An outage is no guilt: ``unknown`` lets through and is logged apart from ``fail``."""

    PASS = "pass"  # noqa: S105  # a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
