"""An order of the votes that is their own, so that sums of fractions do not depend on the file's.

Sums of whole numbers have no order; sums of residuals, weights and styles end in other bits when
votes come shuffled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Comparisons

# Beyond it ordering would cost more than a fit, and bits differ below 1e-9 points at most.
MOST = 2_000_000
_STIR = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def in_own_order(rows: Comparisons) -> Comparisons:
    """The same votes, at most two million, sorted by a 64-bit digest of each.

    Equal votes may change places; two different ones share a digest in one of a million files.
    """
    if len(rows) > MOST:
        return rows
    digest = np.zeros(len(rows), dtype=np.uint64)
    for column in column_bits(rows):
        digest ^= column
        digest *= _STIR
        digest ^= digest >> _HALF
    return rows.take(np.argsort(digest, kind="stable"))


def column_bits(rows: Comparisons) -> Iterator[NDArray[np.uint64]]:
    """The bits of every column."""
    whole: list[NDArray[Any] | None] = [rows.a, rows.b, rows.outcome, rows.voter]
    for column in whole:
        if column is not None:
            yield column.astype(np.int64).view(np.uint64)
    fractions = [] if rows.features is None else list(rows.features.T)
    for column in [*fractions, rows.weight]:
        if column is not None:
            # Adding nothing makes one zero of the two.
            yield (column.astype(np.float64) + 0.0).view(np.uint64)
