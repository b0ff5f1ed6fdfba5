"""The votes that a fit is made of: those between the models that can have numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from arena.rating.board import ConnectedModels
from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.order import in_own_order


@dataclass(frozen=True, slots=True, eq=False)
class VoteSums:
    """Connected votes: sums of weights and of squared weights [K, K, 4], and rows where given."""

    table: NDArray[Any]
    squared: NDArray[Any]
    rows: Comparisons | None = None


def sum_votes(votes: PairCounts | Comparisons, base: ConnectedModels) -> VoteSums:
    """The votes between the models that are rated."""
    size, everyone = len(base.inside), len(base.inside) == len(base.models)
    if isinstance(votes, PairCounts):
        table = votes.table if everyone else votes.take(base.inside).table
        return VoteSums(table, table)
    rows = votes if everyone else votes.inside(base.inside, len(base.models))
    if rows.voter is not None or rows.weight is not None:
        rows = in_own_order(rows)
    weighed = rows.weighed(size)
    squared = weighed if rows.weight is None else rows.weighed(size, power=2)
    return VoteSums(weighed, squared, rows)
