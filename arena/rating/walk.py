"""Sequential Elo: one walk through the votes in the order in which they were cast."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from math import exp
from typing import Any

import numpy as np

from arena.rating.comparisons import POINTS, Comparisons, Floats

# Compiling takes about a second: shorter walks are over by then.
_MANY = 1_000_000


def run_elo(rows: Comparisons, models: int, step: float) -> Floats:
    """Strengths [M] after the last vote, natural-log odds; everybody starts at 0.

    Each vote depends on the one before, so this is a loop over single numbers. Where numba is
    installed a long one runs as machine code: the same operations in the same order, the same
    bytes, twenty times as fast.
    """
    if len(rows) >= _MANY and (compiled := _compiled()) is not None:
        theta = np.zeros(models)
        compiled(theta, rows.a, rows.b, rows.outcome, POINTS, step)
        return theta
    plain = [0.0] * models
    a, b, outcome = (column.tolist() for column in (rows.a, rows.b, rows.outcome))
    _walk(plain, a, b, outcome, POINTS.tolist(), step)
    return np.array(plain)


def _walk(
    theta: Any, first: Iterable[int], second: Iterable[int], outcomes: Any, points: Any, step: float
) -> None:
    for a, b, outcome in zip(first, second, outcomes):  # noqa: B905 (numba knows no strict)
        gain = step * (points[outcome] - 1.0 / (1.0 + exp(theta[b] - theta[a])))
        theta[a] += gain
        theta[b] -= gain


@cache
def _compiled() -> Any:
    """The walk as machine code; None without numba."""
    return import_module("numba").njit(_walk) if find_spec("numba") else None
