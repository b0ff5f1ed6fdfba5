"""The style features of an answer that a method may hold equal."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class StyleFeature(StrEnum):
    """A count of an answer's style; the value names it in vote files, fits and snapshots.

    The order of the members is the order of the columns of `Comparisons.features`.
    """

    TOKEN_LENGTH = "token_length"  # noqa: S105 (a count of words, no secret)
    HEADERS = "headers"
    LISTS = "lists"
    BOLD = "bold"


def relative_styles(counts: Sequence[NDArray[np.float32]] | NDArray[Any]) -> NDArray[np.float32]:
    """Return the relative difference (a - b) / (a + b) per count, [n, 4]; 0 where neither has any.

    `counts` [n, 2, 4] holds those of both answers.
    """
    sides = np.asarray(counts, dtype=np.float64).reshape(-1, 2, len(StyleFeature))
    total = np.maximum(sides.sum(axis=1), np.finfo(float).tiny)
    return np.asarray((sides[:, 0] - sides[:, 1]) / total, dtype=np.float32)
