"""Times of votes as instants: numbers as they are, dates of ISO 8601 with their zones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ZONES = ("UTC", "GMT")


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """The order of a column of stamps, None where it has none, with what there is to say.

    `flaw` says why not all stamps can be ordered; `note` what was assumed of those that were.
    """

    order: NDArray[np.intp] | None = None
    flaw: str = ""
    note: str = ""


def by_time(stamps: Sequence[str]) -> Times:
    """Order the stamps by their instants; equal ones keep their places.

    Numbers count as they are, dates without a zone as UTC. A column that mixes numbers and dates,
    or has a stamp that is neither, has a flaw and no order; one without any stamp has neither.
    """
    if not any(stamps):
        return Times()
    instants, zoneless, numbers = [], 0, 0
    for stamp in stamps:
        number = _number(stamp)
        moment = None if number is not None else _moment(stamp)
        if number is None and moment is None:
            return Times(flaw=_unreadable(stamps))
        numbers += number is not None
        zoneless += moment is not None and moment.tzinfo is None
        instants.append(number if moment is None else _microseconds(moment))
    if 0 < numbers < len(stamps):
        return Times(flaw=f"tstamp holds {numbers} numbers among dates")
    note = ""
    if 0 < zoneless < len(stamps):
        note = f"tstamp: {zoneless} of {len(stamps)} dates have no zone and count as UTC"
    return Times(np.argsort(np.array(instants), kind="stable"), note=note)


def _number(stamp: str) -> float | None:
    try:
        value = float(stamp)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _moment(stamp: str) -> datetime | None:
    word, _, zone = stamp.rpartition(" ")
    try:
        return datetime.fromisoformat(f"{word}+00:00" if zone in _ZONES else stamp)
    except ValueError:
        return None


def _microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970: exact, where seconds as a fraction are not."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _BEGINNING) // _MICROSECOND


def _unreadable(stamps: Sequence[str]) -> str:
    wrong = [stamp for stamp in stamps if _number(stamp) is None and _moment(stamp) is None]
    example = ascii(wrong[0][:40]) if wrong[0] else "an empty cell"
    return f"tstamp: {len(wrong)} of {len(stamps)} times cannot be read, first {example}"
