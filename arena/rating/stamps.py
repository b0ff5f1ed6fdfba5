"""Times of votes as instants: numbers as they are, dates of ISO 8601 with their zones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ZONES = ("UTC", "GMT")
_MILLISECONDS = 1e11
"""From this number on a stamp is in milliseconds: as seconds it would be in the year 5138."""


@dataclass(frozen=True, slots=True, eq=False)
class VoteTimes:
    """The order of a column of stamps, None where it has none, with what there is to say.

    `flaw` says why not all stamps can be ordered; `note` what was assumed of those that were.
    """

    order: NDArray[np.intp] | None = None
    flaw: str = ""
    note: str = ""


def by_time(stamps: Sequence[str]) -> VoteTimes:
    """Order the stamps by their instants; equal ones keep their places.

    Numbers count as they are, dates without a zone as UTC. A column that mixes numbers and dates,
    or has a stamp that is neither, has a flaw and no order; one without any stamp has neither.
    """
    if not any(stamps):
        return VoteTimes()
    instants, zoneless, numbers = [], 0, 0
    for stamp in stamps:
        number = _number(stamp)
        moment = None if number is not None else _moment(stamp)
        if number is None and moment is None:
            wrong = [stamp for stamp in stamps if _number(stamp) is None and _moment(stamp) is None]
            example = ascii(wrong[0][:40]) if wrong[0] else "an empty cell"
            return VoteTimes(
                flaw=f"tstamp: {len(wrong)} of {len(stamps)} times cannot be read, first {example}"
            )
        numbers += number is not None
        if moment is not None and moment.tzinfo is None:
            moment, zoneless = moment.replace(tzinfo=UTC), zoneless + 1
        # Whole microseconds since 1970: exact, where seconds as a fraction are not.
        instants.append(number if moment is None else (moment - _BEGINNING) // _MICROSECOND)
    if 0 < numbers < len(stamps):
        return VoteTimes(flaw=f"tstamp holds {numbers} numbers among dates")
    note = ""
    if 0 < zoneless < len(stamps):
        note = f"tstamp: {zoneless} of {len(stamps)} dates have no zone and count as UTC"
    return VoteTimes(np.argsort(np.array(instants), kind="stable"), note=note)


def day_of(stamp: str) -> date | None:
    """Return the UTC day of a stamp: of seconds or milliseconds since 1970, or of a date.

    None for what is neither, or lies outside of the calendar.
    """
    number, moment = _number(stamp), _moment(stamp)
    try:
        if number is not None:
            seconds = number / 1000 if abs(number) >= _MILLISECONDS else number
            return (_BEGINNING + timedelta(seconds=seconds)).date()
        if moment is not None:
            return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
    except OverflowError:
        return None
    return None


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
