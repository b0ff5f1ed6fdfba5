"""Records that every reader of result files returns: models, scores and what could not be read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST_NAME = 200
"""Characters of a name from a file; a longer one is no name."""


class UnreadableResults(ValueError):
    """A file that is not of the format, with the sentence that says so."""


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model as a result file names it.

    `facts` holds what the file says of the model beside its scores, as it stood there.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """A number that a tool measured.

    `value` is on the scale of the tool. `items` is how many of the benchmark's `items_of` questions
    were answered, if the file says so; with fewer the score is partial.
    """

    model: str
    dataset: str
    metric: str
    value: float
    standard_error: float | None = None
    items: int | None = None
    items_of: int | None = None
    judge: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_partial(self) -> bool:
        """Return whether fewer items were answered than the benchmark has."""
        return None not in (self.items, self.items_of) and (self.items or 0) < (self.items_of or 0)


@dataclass(frozen=True, slots=True)
class ResultFile:
    """The scores of one file, or of one folder of a tool.

    `problems` names each score that was left out and why. `tool` and `version` name the program
    that measured, `measured_at` is the time as the file writes it.
    """

    tool: str
    version: str = ""
    measured_at: str = ""
    models: tuple[NamedModel, ...] = ()
    results: tuple[BenchmarkResult, ...] = ()
    problems: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def finite_number(value: object) -> float | None:
    """Return the number, or None for a text, a truth value, NaN or an infinite one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def counted(value: object) -> int | None:
    """Return a count that a database can hold, or None for anything else."""
    number = finite_number(value)
    if number is None or number < 0 or number > 2**31 - 1 or number != int(number):
        return None
    return int(number)


def text_of(value: object, longest: int = LONGEST_NAME) -> str:
    """Return the text without surrounding white space, or nothing for what is no usable text."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    return text if len(text) <= longest and "\x00" not in text else ""


def mapping_of(value: object) -> dict[str, Any]:
    """Return the JSON object, or an empty one for any other value."""
    return value if isinstance(value, dict) else {}
