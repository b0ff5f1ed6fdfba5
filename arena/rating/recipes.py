"""The way from counts or single votes to a board's rows, and the text that a snapshot is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from arena.rating.categories import DEVIATION_DETAIL
from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.diagnostics.first_place import first_place
from arena.rating.fit import RATED, RatingFit
from arena.rating.methods import PoolingMethod, load_method, pooling_of

RATES = "rates"
"""The parameter by which a board says what it rates; left out where that is models."""
FIRST_PLACE = "first_place"
"""The parameter by which a snapshot says on how few votes its first place rests, and the detail
that says it; left out of snapshots of before, so that those stay the same bytes."""
FIRST_PLACE_MODELS = 40
"""Models above which the search would take longer than a board may wait."""
WEIGHED = "weigh_pictures"
"""The parameter by which a board weighs votes on samples back to an even choice of pictures."""
POPULATION = "population"
"""The parameter that states a population's shares by answer, and the detail that says what the
weights did."""
CHOOSING = ("min_votes", "most_votes", "pooled", "method_version", WEIGHED, FIRST_PLACE)
"""Parameters that choose what a method gets, and in which version."""
NOT_OWN = (*CHOOSING, RATES, POPULATION)
"""Parameters that a board has; all others are the method's own."""
SEPARATE = "board/"
"""A source of imported votes whose name begins so counts on boards of its own alone."""
FEWEST_KIN = 3
"""Categories that have votes, from which on they say together how far a category may lie off."""


@dataclass(frozen=True, slots=True)
class FitRecipe:
    """A method, its parameters and its seed: with the votes, all that rows are a function of."""

    method: str
    parameters: Mapping[str, Any]
    seed: int

    @property
    def version(self) -> int:
        """Return the method's version; a snapshot from before there were any is of the first."""
        return int(self.parameters.get("method_version", 1))

    @property
    def pooled(self) -> bool:
        """Return whether the rows lean on all other votes."""
        return bool(self.parameters.get("pooled"))

    @property
    def weighed(self) -> bool:
        """Return whether votes weigh by the inverse of the probability of their picture."""
        return bool(self.parameters.get(WEIGHED))

    @property
    def method_parameters(self) -> dict[str, Any]:
        """Return the parameters that are the method's own."""
        return {name: value for name, value in self.parameters.items() if name not in NOT_OWN}

    def check_version(self) -> None:
        """Raise ValueError for a version of a later release, UnknownMethod for no method."""
        if self.version > load_method(self.method).VERSION:
            raise ValueError(f"{self.method} has no version {self.version}")

    def pooling(self) -> PoolingMethod:
        """Return the method that pools. Raises ValueError for one that can't be pooled."""
        method = pooling_of(self.method)
        if method is None:
            raise ValueError(f"{self.method} can't be pooled")
        return method

    def fit(self, votes: PairCounts | Comparisons, models: Sequence[str]) -> RatingFit:
        """Rate the models by these votes alone."""
        fit = load_method(self.method).fit(
            votes,
            models=models,
            seed=self.seed,
            min_votes=self.parameters["min_votes"],
            version=self.version,
            **self.method_parameters,
        )
        if not self.parameters.get(FIRST_PLACE) or not isinstance(votes, PairCounts):
            return fit
        found = fragility(fit, votes)
        return replace(fit, details={**fit.details, FIRST_PLACE: found})

    def fit_pooled(
        self,
        part: PairCounts,
        overall: PairCounts,
        models: Sequence[str],
        deviation: float | None,
    ) -> RatingFit:
        """Rate the models by a part of the votes that leans on all of them.

        ``deviation`` is the usual distance of a part from the whole in points; None lets the part
        say it of itself. Raises ValueError for a method that can't be pooled.
        """
        own = {"deviation": deviation, **self.method_parameters}
        return self.pooling().fit_pooled(
            part,
            overall,
            models=models,
            seed=self.seed,
            min_votes=self.parameters["min_votes"],
            version=self.version,
            **own,
        )

    def deviation(
        self, kin: Sequence[PairCounts], overall: PairCounts, models: Sequence[str]
    ) -> float | None:
        """Return how far such parts usually lie from the whole, in points; None of too few."""
        if len(kin) < FEWEST_KIN:
            return None
        parts = {str(i): part for i, part in enumerate(kin)}
        fits = self.pooling().fit_categories(
            parts, models=models, overall=overall, version=self.version
        )
        tau = fits["0"].details.get(DEVIATION_DETAIL)
        return None if tau is None else float(tau)


def fragility(fit: RatingFit, counts: PairCounts) -> dict[str, Any] | None:
    """Return the fewest votes found whose loss puts another rated model first, JSON-ready.

    An upper bound: a smaller set may exist. None of more models than can be searched in time, and
    where no loss of votes changes the first place.
    """
    inside = np.flatnonzero(~np.isnan(fit.theta))
    if len(inside) > FIRST_PLACE_MODELS:
        return None
    rated = {row.model for row in fit.rows if row.state == RATED}
    names = [fit.models[place] for place in inside.tolist()]
    candidates = [place for place, name in enumerate(names) if name in rated]
    found = first_place(counts.take(inside), names, candidates)
    return None if found is None else asdict(found)


def takes_source(chosen: str, source: str) -> bool:
    """Return whether a board counts votes of a source; one that names none leaves out those of
    sources that have a board of their own."""
    return source == chosen if chosen else not source.startswith(SEPARATE)


def details_of(fit: RatingFit, left_out: int = 0) -> dict[str, Any]:
    """Return what the rows do not say, JSON-ready; ``left_out`` votes had no style on record."""
    kept = load_method(fit.method).DESCRIPTION.details
    known = {
        name: fit.details[name] for name in (*kept, FIRST_PLACE, POPULATION) if name in fit.details
    }
    return {**known, "left_out": left_out} if left_out else known


def snapshot_text(facts: Mapping[str, Any], fit: RatingFit, details: Mapping[str, Any]) -> str:
    """Return canonical JSON of what a snapshot is a function of, and of what follows from it."""
    rows = [row.as_dict() for row in fit.rows]
    return json.dumps(
        _rounded({**facts, "details": dict(details), "rows": rows}),
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def _rounded(value: Any) -> Any:
    """A millionth of a point is far below any interval and above the noise of a library's build."""
    match value:
        case float():
            return round(value, 6)
        case dict():
            return {name: _rounded(one) for name, one in value.items()}
        case list():
            return [_rounded(one) for one in value]
    return value
