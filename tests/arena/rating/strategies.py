"""Random pair counts for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from arena.rating.comparisons import PairCounts


@st.composite
def pair_counts(draw, least=2, most=6, cell=6):
    """Any small table: gaps, perfect records and lonely models included."""
    size = draw(st.integers(least, most))
    table = draw(hnp.arrays(np.int64, (size, size, 4), elements=st.integers(0, cell)))
    table[np.arange(size), np.arange(size)] = 0
    return PairCounts(table)


@st.composite
def joined_counts(draw, least=2, most=6, cell=6):
    """Every pair met and each side won at least once: any method has an optimum."""
    counts = draw(pair_counts(least, most, cell))
    table = counts.table.copy()
    table[:, :, 0] += 1
    table[np.arange(counts.models), np.arange(counts.models)] = 0
    return PairCounts(table)
