"""The boards that the first version of every method computed, and the votes behind them.

`python -m tests.arena.rating.methods.first_version` prints what this release makes of them; the
file beside this one holds what the last release without versions printed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from arena.rating.categories import fit_pooled
from arena.rating.comparisons import Comparisons
from arena.rating.fit import RatingFit, RatingScale
from arena.rating.methods import available_methods, load_method

KEPT = Path(__file__).with_suffix(".json")
MODELS = ("ash", "elm", "fir", "oak", "yew")
_STRENGTHS = np.array([1.5, 0.5, 0.0, -0.5, -1.5])


def votes_of(seed: int, size: int) -> Comparisons:
    """Return `size` votes by nine voters, with three styles that differ and one that nobody has."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 5, size)
    second = (first + rng.integers(1, 5, size)) % 5
    chance = 1.0 / (1.0 + np.exp(_STRENGTHS[second] - _STRENGTHS[first]))
    kind = rng.random(size)
    won = np.where(rng.random(size) < chance, 0, 1)
    outcome = np.where(kind < 0.2, 2, np.where(kind < 0.3, 3, won))
    style = np.round(rng.normal(size=(size, 4)), 2)
    style[:, 3] = 0.0
    return Comparisons(first, second, outcome, rng.integers(0, 9, size), features=style)


def boards(**shared: Any) -> dict[str, Any]:
    """Return rounded rows and styles of each method, on few votes and many, with and without an
    anchor, and of a pooled category."""
    found = {}
    for size in (12, 300):
        votes, other = votes_of(5, size), votes_of(6, 2 * size).counts(5)
        for anchor in (None, "fir"):
            scale = RatingScale(anchor=anchor)
            for method in available_methods():
                fit = load_method(method).fit(votes, models=MODELS, scale=scale, seed=4, **shared)
                found[f"{method} {size} {anchor}"] = _said(fit)
            part = votes.counts(5)
            pooled = fit_pooled(part, part + other, models=MODELS, scale=scale, **shared)
            found[f"pooled {size} {anchor}"] = _said(pooled)
    return found


def _said(fit: RatingFit) -> dict[str, Any]:
    said = {"rows": [row.as_dict() for row in fit.rows], "style": fit.details.get("style")}
    rounded: dict[str, Any] = json.loads(
        json.dumps(said), parse_float=lambda word: round(float(word), 6)
    )
    return rounded


if __name__ == "__main__":
    print(json.dumps(boards(), indent=1))
