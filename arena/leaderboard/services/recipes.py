"""How a board's rows come from the ledger, live or at any earlier number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Self

from django.conf import settings

from arena.leaderboard import selectors
from arena.leaderboard.models import Board, Snapshot
from arena.leaderboard.selectors import EVERY_VOTE, Filter, Head, Tally
from arena.rating.categories import fit_categories, fit_pooled
from arena.rating.comparisons import Comparisons, Integers, PairCounts
from arena.rating.fit import Fit
from arena.rating.methods import load

OURS = ("min_votes", "most_votes", "pooled", "method_version")
"""Parameters that choose what a method gets; all others are the method's own."""
FEWEST_KIN = 3
"""Categories that have votes, from which on they say together how far a category may lie off."""
NOTES = ("errors", "effective_voters", "order_spread", "style", "tau", "tendencies")
"""What of a fit's details a snapshot keeps: results, not how the search went."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """With a number of the ledger, all that a snapshot's rows are a function of."""

    method: str
    parameters: Mapping[str, Any]
    filter: Filter
    seed: int

    @classmethod
    def of_board(cls, board: Board, today: date) -> Self:
        """As the board is set up now. Raises UnknownMethod."""
        parameters = {
            "method_version": load(board.method).VERSION,
            "min_votes": settings.BOARD_MIN_VOTES,
            **board.parameters,
        }
        recipe = cls(board.method, parameters, Filter.of_board(board, today), board.seed)
        if not recipe.needs_rows:
            return recipe
        most = {"most_votes": settings.BOARD_REFIT_VOTES, **parameters}
        return cls(board.method, most, recipe.filter, board.seed)

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> Self:
        """As it was then."""
        chosen = Filter.of(snapshot.filter)
        return cls(snapshot.method, snapshot.parameters, chosen, snapshot.seed)

    def as_dict(self) -> dict[str, Any]:
        """The snapshot's fields."""
        return {
            "method": self.method,
            "parameters": dict(self.parameters),
            "filter": self.filter.as_dict(),
            "seed": self.seed,
        }

    @property
    def needs_rows(self) -> bool:
        """Single votes, where counts are not enough. Raises UnknownMethod."""
        return self.filter.by_voter or load(self.method).NEEDS_ROWS

    @property
    def pooled(self) -> bool:
        """Whether the rows lean on all other votes."""
        return bool(self.parameters.get("pooled"))

    @property
    def in_background(self) -> bool:
        """Whether it takes longer than an open leaderboard should wait."""
        return self.needs_rows or self.pooled

    @property
    def version(self) -> int:
        """Of the method; a snapshot from before methods had versions is of the first."""
        return int(self.parameters.get("method_version", 1))

    @property
    def _own(self) -> dict[str, Any]:
        return {name: value for name, value in self.parameters.items() if name not in OURS}


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """A fit and the number of the ledger that it is of; ``votes`` are those of each model."""

    head: Head
    slugs: tuple[str, ...]
    votes: Integers
    fit: Fit
    left_out: int = 0
    repairs: int | None = None
    """As in ``Tally``."""

    @property
    def notes(self) -> dict[str, Any]:
        """What the rows do not say, JSON-ready."""
        known = {name: self.fit.details[name] for name in NOTES if name in self.fit.details}
        return {**known, "left_out": self.left_out} if self.left_out else known


def compute(recipe: Recipe, number: int | None = None) -> Computed:
    """Of the ledger's entries up to the number; at its head, from the counts, without one.

    Raises NotFound for a number that the ledger does not have, ValueError or TypeError for
    parameters that the method does not know, a version of a later release among them.
    """
    if recipe.version > load(recipe.method).VERSION:
        raise ValueError(f"{recipe.method} has no version {recipe.version}")
    if recipe.needs_rows:
        return _of_rows(recipe, selectors.head().number if number is None else number)
    if recipe.pooled:
        return _pool(recipe, _tallies(number, recipe.filter, EVERY_VOTE, *recipe.filter.kin()))
    (tally,) = _tallies(number, recipe.filter)
    fit = _fit(recipe, tally.counts, tally.slugs)
    return Computed(tally.head, tally.slugs, tally.counts.votes, fit, repairs=tally.repairs)


def _tallies(number: int | None, *filters: Filter) -> list[Tally]:
    if number is None:
        return selectors.tallies_of(*filters)
    return [selectors.tally_at(number, chosen) for chosen in filters]


def _of_rows(recipe: Recipe, number: int) -> Computed:
    rows = selectors.rows_at(
        number,
        recipe.filter,
        most=int(recipe.parameters["most_votes"]),
        styled=load(recipe.method).NEEDS_ROWS,
    )
    votes = rows.votes.counts(len(rows.slugs)).votes
    fit = _fit(recipe, rows.votes, rows.slugs)
    return Computed(rows.head, rows.slugs, votes, fit, rows.left_out)


def _fit(recipe: Recipe, votes: PairCounts | Comparisons, slugs: tuple[str, ...]) -> Fit:
    return load(recipe.method).fit(
        votes,
        models=slugs,
        seed=recipe.seed,
        min_votes=recipe.parameters["min_votes"],
        version=recipe.version,
        **recipe._own,
    )


def _pool(recipe: Recipe, tallies: Sequence[Tally]) -> Computed:
    """The rows of the first tally lean on the second, which has all votes; the others are those
    of its kin, and say how far they usually lie from it.

    Raises ValueError for a method that can't be pooled.
    """
    if recipe.method != "bradley_terry":
        raise ValueError(f"{recipe.method} can't be pooled; bradley_terry can")
    part, overall, *others = tallies
    counts = part.over(overall.slugs)
    kin = tuple(other.over(overall.slugs) for other in others if other.slugs)
    digest = _digest(overall.counts, *kin)
    spread = _Spread(digest, recipe.version, overall.slugs, kin, overall)
    fit = fit_pooled(
        counts,
        overall.counts,
        models=overall.slugs,
        seed=recipe.seed,
        min_votes=recipe.parameters["min_votes"],
        deviation=_deviation(spread),
        version=recipe.version,
        **recipe._own,
    )
    return Computed(part.head, overall.slugs, counts.votes, fit, repairs=part.repairs)


@dataclass(frozen=True, slots=True)
class _Spread:
    """Categories, or languages; the digest of their counts alone tells them apart. The ledger's
    hash would not: it is the same before and after counts were repaired."""

    digest: bytes
    version: int
    slugs: tuple[str, ...] = field(compare=False)
    parts: tuple[PairCounts, ...] = field(compare=False)
    overall: Tally = field(compare=False)


def _digest(*parts: PairCounts) -> bytes:
    """A millisecond for each megabyte."""
    found = hashlib.blake2b()
    for part in parts:
        found.update(part.table.tobytes())
    return found.digest()


@lru_cache(maxsize=4)
def _deviation(spread: _Spread) -> float | None:
    """In points; the same for all boards of the kin, so it is estimated once. None where there
    are too few of them: a board then says it of itself."""
    if len(spread.parts) < FEWEST_KIN:
        return None
    parts = {str(i): part for i, part in enumerate(spread.parts)}
    fits = fit_categories(
        parts,
        models=spread.slugs,
        overall=spread.overall.counts,
        version=spread.version,
    )
    tau = fits["0"].details.get("tau")
    return None if tau is None else float(tau)
