"""Compute the rows of a board from the ledger, at its head or at any earlier number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, Self

from django.conf import settings

from arena.boards.models import Board, Snapshot
from arena.boards.selectors import filter_of
from arena.boards.services.groups import coarse, represented_votes, weights_in_numbers
from arena.demographics.selectors import shares_of
from arena.ledger.selectors import head as ledger_head
from arena.ledger.selectors.entries import SingleVotes, rows_at, tally_at
from arena.ledger.selectors.filters import EVERY_VOTE, VoteFilter
from arena.ledger.selectors.head import LedgerHead
from arena.ledger.selectors.tallies import VoteTally
from arena.ledger.services.tallies import tallies_of
from arena.ledger.states import RatedUnit
from arena.rating.comparisons import Integers, PairCounts
from arena.rating.fit import RatingFit
from arena.rating.methods import DEFAULT_METHOD, RatingMethod, load_method
from arena.rating.recipes import FIRST_PLACE, POPULATION, RATES, FitRecipe, details_of


@dataclass(frozen=True, slots=True)
class BoardRecipe:
    """Everything that, together with a ledger number, determines the rows of a snapshot.

    It holds its rating method, so making one raises UnknownMethod.
    """

    method: str
    parameters: Mapping[str, Any]
    filter: VoteFilter
    seed: int
    rating_method: RatingMethod = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rating_method", load_method(self.method))

    @classmethod
    def of_board(cls, board: Board, today: date) -> Self:
        """Return the recipe of a board as it is set up, with defaults. Raise UnknownMethod."""
        method = load_method(board.method)
        # How the pooled fit estimates what is not set depends on the votes: no default to tell.
        defaults = {} if board.parameters.get("pooled") else method.DESCRIPTION.defaults
        parameters = {
            "method_version": method.VERSION,
            "min_votes": settings.BOARD_MIN_VOTES,
            **defaults,
            **board.parameters,
        }
        if board.population_id:
            parameters[POPULATION] = shares_of(board.population_id)
        if board.rates != RatedUnit.CARDS:
            parameters[RATES] = board.rates
        chosen = filter_of(board, today)
        recipe = cls(board.method, parameters, chosen, board.seed)
        if not recipe.in_background and board.method == DEFAULT_METHOD:
            return cls(board.method, {FIRST_PLACE: True, **parameters}, chosen, board.seed)
        if not recipe.needs_rows:
            return recipe
        most = {"most_votes": settings.BOARD_REFIT_VOTES, **parameters}
        return cls(board.method, most, recipe.filter, board.seed)

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> Self:
        """Return the recipe that a snapshot was made by. Raise UnknownMethod."""
        chosen = VoteFilter.of(snapshot.filter)
        return cls(snapshot.method, snapshot.parameters, chosen, snapshot.seed)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields of a snapshot that hold the recipe."""
        return {
            "method": self.method,
            "parameters": dict(self.parameters),
            "filter": self.filter.as_dict(),
            "seed": self.seed,
        }

    @property
    def needs_rows(self) -> bool:
        """Return whether single votes are needed, where counts are not enough."""
        needed = self.filter.by_voter or self.fitting.weighed
        return needed or self.rating_method.NEEDS_ROWS

    @property
    def fitting(self) -> FitRecipe:
        """Return what turns votes into rows, whichever votes they are."""
        return FitRecipe(self.method, self.parameters, self.seed)

    @property
    def rated(self) -> RatedUnit:
        """Return what is rated; a snapshot that does not say it rated cards."""
        return RatedUnit(self.parameters.get(RATES, RatedUnit.CARDS))

    @property
    def in_background(self) -> bool:
        """Return whether it takes longer than an open leaderboard should wait."""
        return self.needs_rows or self.fitting.pooled


@dataclass(frozen=True, slots=True, eq=False)
class ComputedBoard:
    """A fit and the number of the ledger that it is of; ``votes`` are those of each model."""

    head: LedgerHead
    slugs: tuple[str, ...]
    votes: Integers
    fit: RatingFit
    left_out: int = 0
    repairs: int | None = None
    """The number of repairs, as in ``VoteTally``."""
    rated: RatedUnit = RatedUnit.CARDS
    """The unit that ``slugs`` name."""
    is_coarse: bool = False
    """Whether the numbers are rounded, because they are about a group of people."""

    @property
    def notes(self) -> dict[str, Any]:
        """Return what the rows do not say, ready for JSON."""
        return details_of(self.fit, self.left_out)


def compute(recipe: BoardRecipe, number: int | None = None, *, behind: int = 0) -> ComputedBoard:
    """Compute a board from the ledger's entries up to the number, or from the counts at its head.

    ``behind`` is the number of the snapshot that a board by what voters said would follow. Raises
    NotFound for a number that the ledger does not have, TooFewPeople for a group of which nothing
    may be told, or nothing new, ValueError or TypeError for parameters that the method does not
    know, a version of a later release among them.
    """
    recipe.fitting.check_version()
    if recipe.needs_rows:
        rows = rows_at(
            ledger_head.head().number if number is None else number,
            recipe.filter,
            most=int(recipe.parameters["most_votes"]),
            styled=bool(recipe.rating_method.DESCRIPTION.features),
            weighed=recipe.fitting.weighed,
            rated=recipe.rated,
        )
        if recipe.filter.group:
            return _represent(recipe, rows, behind)
        votes = rows.votes.counts(len(rows.slugs)).votes
        single = recipe.fitting.fit(rows.votes, rows.slugs)
        return ComputedBoard(
            rows.head, rows.slugs, votes, single, rows.left_out, rated=recipe.rated
        )
    if recipe.fitting.pooled:
        filters = (recipe.filter, EVERY_VOTE, *recipe.filter.kin())
        return _pool(recipe, _tallies(number, recipe.rated, *filters))
    (tally,) = _tallies(number, recipe.rated, recipe.filter)
    fit = recipe.fitting.fit(tally.counts, tally.slugs)
    return ComputedBoard(
        tally.head,
        tally.slugs,
        tally.counts.votes,
        fit,
        repairs=tally.repairs,
        rated=recipe.rated,
    )


def _represent(recipe: BoardRecipe, rows: SingleVotes, behind: int) -> ComputedBoard:
    """Fit the votes of a group of people, weighted where they speak for a population."""
    shares = recipe.parameters.get(POPULATION)
    spoken = represented_votes(rows, recipe.filter.group, shares, behind)
    fit = recipe.fitting.fit(spoken.votes, spoken.slugs)
    if spoken.weights is not None:
        plain = recipe.fitting.fit(rows.votes, rows.slugs)
        found = weights_in_numbers(spoken.weights, shares or {}, plain)
        fit = replace(fit, details={**fit.details, POPULATION: found})
    votes = spoken.votes.counts(len(spoken.slugs)).votes
    return ComputedBoard(
        rows.head, spoken.slugs, votes, coarse(fit), rated=recipe.rated, is_coarse=True
    )


def _tallies(number: int | None, rated: RatedUnit, *filters: VoteFilter) -> list[VoteTally]:
    if number is None:
        return tallies_of(*filters, rated=rated)
    return [tally_at(number, chosen, rated) for chosen in filters]


def _pool(recipe: BoardRecipe, tallies: Sequence[VoteTally]) -> ComputedBoard:
    """The rows of the first tally lean on the second, which has all votes; the others are those
    of its kin, and say how far they usually lie from it.

    Raises ValueError for a method that can't be pooled.
    """
    fitting = recipe.fitting
    part, overall, *others = tallies
    counts = part.over(overall.slugs)
    kin = tuple(other.over(overall.slugs) for other in others if other.slugs)
    digest = hashlib.blake2b()  # a millisecond for each megabyte
    for each in (overall.counts, *kin):
        digest.update(each.table.tobytes())
    spread = _KinSpread(digest.digest(), fitting.method, fitting.version, fitting, kin, overall)
    fit = fitting.fit_pooled(counts, overall.counts, overall.slugs, _deviation(spread))
    return ComputedBoard(
        part.head,
        overall.slugs,
        counts.votes,
        fit,
        repairs=part.repairs,
        rated=recipe.rated,
    )


@dataclass(frozen=True, slots=True)
class _KinSpread:
    """Categories, or languages; the digest of their counts alone tells them apart. The ledger's
    hash would not: it is the same before and after counts were repaired."""

    digest: bytes
    name: str
    version: int
    recipe: FitRecipe = field(compare=False)
    parts: tuple[PairCounts, ...] = field(compare=False)
    overall: VoteTally = field(compare=False)


@lru_cache(maxsize=4)
def _deviation(spread: _KinSpread) -> float | None:
    """Return it in points; the same for all boards of the kin, so it is estimated once."""
    return spread.recipe.deviation(spread.parts, spread.overall.counts, spread.overall.slugs)
