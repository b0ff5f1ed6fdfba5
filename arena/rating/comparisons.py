"""The input of the rating engine: single comparisons as columns, and their sums per pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arena.rating.spellings import MEANINGS, plain

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

# Large enough to amortise numpy's call overhead, small enough that the widened codes stay in the
# first two caches: with `np.add.at` a third faster than `bincount`, and no table per piece.
_CHUNK = 1 << 15


class VoteOutcome(IntEnum):
    """A voter's choice; the value is the code in every array."""

    A = 0
    B = 1
    TIE = 2
    BOTH_BAD = 3

    @property
    def word(self) -> str:
        """The choice as the site and the wire spell it."""
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> VoteOutcome:
        """Read `a`, `b`, `tie`, `both_bad` and the other words of `arena.rating.spellings`.

        Raises ValueError on anything else.
        """
        try:
            return cls[MEANINGS[plain(word)]]
        except KeyError:
            raise ValueError(f"winner {word!r} is no known outcome") from None


# What side a takes from a vote, by outcome code: a tie of either kind is half a win.
POINTS = np.array([1.0, 0.0, 0.5, 0.5])


def read_only_array(values: ArrayLike, dtype: Any) -> NDArray[Any]:
    """The values as a read-only array that shares memory where it can."""
    array: NDArray[Any] = np.asarray(values, dtype=dtype).view()
    array.setflags(write=False)
    return array


def positions_of(words: Sequence[str], names: Sequence[str]) -> NDArray[np.int32]:
    """The place of each word in `names`."""
    place = {name: i for i, name in enumerate(names)}
    return np.fromiter(map(place.__getitem__, words), dtype=np.int32, count=len(words))


def wins_against(table: NDArray[Any]) -> NDArray[Any]:
    """`[i, j]`: what i won against j, from a table [M, M, 4] of counts or weights."""
    won: NDArray[Any] = table[:, :, VoteOutcome.A] + table[:, :, VoteOutcome.B].T
    return won


def ties_between(table: NDArray[Any]) -> NDArray[Any]:
    """Return the votes without a winner per pair, both kinds of tie, symmetric, [M, M]."""
    sided = table[:, :, VoteOutcome.TIE] + table[:, :, VoteOutcome.BOTH_BAD]
    both: NDArray[Any] = sided + sided.T
    return both


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """Sufficient statistics of independent votes.

    `table[i, j, o]` counts the votes with model i on side a, model j on side b and outcome o.
    Sums of whole numbers do not depend on order, so equal votes give equal bytes.
    """

    table: Integers

    def __post_init__(self) -> None:
        shape = self.table.shape
        if len(shape) != 3 or shape[0] != shape[1] or shape[2] != len(VoteOutcome):
            raise ValueError(f"pair counts need the shape (M, M, {len(VoteOutcome)}), not {shape}")
        if self.table.size and self.table.min() < 0:
            raise ValueError("a cell of the pair counts is below zero")
        if np.einsum("iio->", self.table):
            raise ValueError("a model was compared with itself")
        object.__setattr__(self, "table", read_only_array(self.table, np.int64))

    @classmethod
    def empty(cls, models: int) -> Self:
        """Return the counts of no votes among this many models."""
        return cls(np.zeros((models, models, len(VoteOutcome)), dtype=np.int64))

    @classmethod
    def from_cells(
        cls, models: int, a: ArrayLike, b: ArrayLike, outcome: ArrayLike, votes: ArrayLike
    ) -> Self:
        """Add up cells (model on side a, model on side b, outcome code, votes)."""
        table = np.zeros((models, models, len(VoteOutcome)), dtype=np.int64)
        place = tuple(np.asarray(column, dtype=np.int64) for column in (a, b, outcome))
        if any(index.size and index.min() < 0 for index in place):
            raise ValueError("a cell names a negative index")
        np.add.at(table, place, np.asarray(votes, dtype=np.int64))
        return cls(table)

    def __add__(self, other: PairCounts) -> PairCounts:
        return PairCounts(self.table + self._same_size(other).table)

    def __sub__(self, other: PairCounts) -> PairCounts:
        return PairCounts(self.table - self._same_size(other).table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PairCounts) and np.array_equal(self.table, other.table)

    def _same_size(self, other: PairCounts) -> PairCounts:
        if other.models != self.models:
            raise ValueError(f"{self.models} models and {other.models} models do not add up")
        return other

    @property
    def models(self) -> int:
        """Return the number of models, voted on or not."""
        return int(self.table.shape[0])

    @property
    def total(self) -> int:
        """Return the number of votes."""
        return int(self.table.sum())

    @property
    def votes(self) -> Integers:
        """Votes that each model took part in, shape [M]."""
        total: Integers = self.met.sum(axis=1)
        return total

    @property
    def met(self) -> Integers:
        """Votes per pair whichever side, symmetric, shape [M, M]."""
        won = self.beat
        both: Integers = won + won.T
        both += self.tied
        return both

    @property
    def wins(self) -> Integers:
        """Votes that each model won, shape [M]."""
        total: Integers = self.beat.sum(axis=1)
        return total

    @property
    def beat(self) -> Integers:
        """`beat[i, j]`: votes that i won against j, shape [M, M]."""
        return wins_against(self.table)

    @property
    def tied(self) -> Integers:
        """Votes without a winner per pair, both kinds of tie, symmetric, shape [M, M]."""
        return ties_between(self.table)

    @property
    def ties(self) -> Integers:
        """Votes without a winner per model, both kinds, shape [M]."""
        total: Integers = self.tied.sum(axis=1)
        return total

    def take(self, indices: ArrayLike) -> PairCounts:
        """Return the counts of these models only, in this order."""
        keep = np.asarray(indices, dtype=np.int64)
        return PairCounts(self.table[np.ix_(keep, keep)])


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Votes one by one, as columns of equal length n in the order in which they were cast.

    `voter` groups votes that are not independent, -1 stands alone; `weight` multiplies a vote;
    `features` [n, k] are differences of style, side a minus side b. Keep the index columns
    narrow: ten million votes as int16, int16, int8 are 50 MB and stream at memory speed.
    """

    a: NDArray[Any]
    b: NDArray[Any]
    outcome: NDArray[Any]
    voter: NDArray[Any] | None = None
    weight: Floats | None = None
    features: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        size = len(self.a)
        for name in ("b", "outcome", "voter", "weight", "features"):
            column = getattr(self, name)
            if column is not None and len(column) != size:
                raise ValueError(f"column {name} has {len(column)} rows, column a has {size}")
        if self.weight is not None and not ((self.weight >= 0.0) & (self.weight < np.inf)).all():
            raise ValueError("a weight is below zero or no number")

    @classmethod
    def named(
        cls, a: Sequence[str], b: Sequence[str], winner: Sequence[str]
    ) -> tuple[tuple[str, ...], Self]:
        """Return, for names and outcomes in words, sorted models and the votes that index them.

        Raises ValueError on an unknown outcome.
        """
        models = tuple(sorted({*a, *b}))
        spelt = {word: int(VoteOutcome.parse(word)) for word in set(winner)}
        first, second = (positions_of(column, models) for column in (a, b))
        outcome = np.fromiter(map(spelt.__getitem__, winner), dtype=np.int8, count=len(winner))
        return models, cls(first, second, outcome)

    def __len__(self) -> int:
        return len(self.a)

    def counts(self, models: int) -> PairCounts:
        """Sum up per pair and outcome; weights do not enter, but a vote of weight 0 is none.

        The memory beside the columns is one table and a piece of codes.
        Raises ValueError where a code lies outside its range.
        """
        self._check(models)
        if self.weight is not None and not self.weight.all():
            return self.take(self.weight > 0).counts(models)
        total = np.zeros((models, models, len(VoteOutcome)), dtype=np.int64)
        flat = total.reshape(-1)
        for rows in self._pieces():
            np.add.at(flat, self._codes(models, rows), 1)
        return PairCounts(total)

    def weighed(self, models: int, power: int = 1) -> Floats:
        """Like the table of `counts`, with each vote worth its weight to this power."""
        if self.weight is None:
            return self.counts(models).table.astype(np.float64)
        self._check(models)
        total = np.zeros((models, models, len(VoteOutcome)))
        flat = total.reshape(-1)
        for rows in self._pieces():
            np.add.at(flat, self._codes(models, rows), self.weight[rows] ** power)
        return total

    def _pieces(self) -> Iterator[slice]:
        return (slice(start, start + _CHUNK) for start in range(0, len(self), _CHUNK))

    def _check(self, models: int) -> None:
        for name, limit in (("a", models), ("b", models), ("outcome", len(VoteOutcome))):
            column = getattr(self, name)
            if len(column) and not (column.min() >= 0 and column.max() < limit):
                raise ValueError(f"column {name} holds a code out of range (0 to {limit - 1})")

    def _codes(self, models: int, rows: slice) -> NDArray[np.intp]:
        code = self.a[rows].astype(np.intp)
        code *= models
        code += self.b[rows]
        code *= len(VoteOutcome)
        code += self.outcome[rows]
        return code

    def inside(self, keep: ArrayLike, models: int) -> Comparisons:
        """Return the votes between these models, renumbered in the order of `keep`."""
        place = np.full(models, -1, dtype=np.int64)
        place[np.asarray(keep)] = np.arange(len(np.asarray(keep)))
        a, b = place[self.a], place[self.b]
        among = (a >= 0) & (b >= 0)
        return replace(self, a=a, b=b).take(among)

    def take(self, rows: NDArray[Any]) -> Comparisons:
        """Return these rows (indices or a mask), with all columns."""
        optional = (
            None if column is None else column[rows]
            for column in (self.voter, self.weight, self.features)
        )
        return Comparisons(self.a[rows], self.b[rows], self.outcome[rows], *optional)


def numbered_voters(voters: Iterable[object], unknown: object) -> NDArray[np.int64]:
    """Return voters numbered in the order of their first vote; -1 where one is ``unknown``."""
    seen = {unknown: -1}
    return np.array([seen.setdefault(one, len(seen) - 1) for one in voters], dtype=np.int64)
