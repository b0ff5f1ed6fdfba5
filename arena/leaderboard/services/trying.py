"""Whether a method can work with a board's parameters, found out before a vote depends on it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from arena.core.errors import DomainError
from arena.leaderboard.services.recipes import OURS, Recipe
from arena.rating.categories import fit_pooled
from arena.rating.comparisons import Comparisons, Outcome
from arena.rating.methods import available, load

GIVEN = frozenset({"votes", "models", "scale", "seed", "min_votes", "version"})
"""What the arena passes to each method by itself."""
COUNTS = ("min_votes", "most_votes", "method_version")
MOST = 100_000
"""No method's parameter means anything above; a million random orders would be a long wait."""
MODELS = ("first", "second", "third")


class Unusable(DomainError):
    """A board that can't be computed as it is set up."""

    code = "unusable"


def try_out(recipe: Recipe) -> None:
    """Compute a board of three models from made-up votes. Raises Unusable with a sentence."""
    _check_names(recipe)
    _check_values(recipe.parameters)
    if recipe.version > load(recipe.method).VERSION:
        words = {"method": recipe.method, "newest": load(recipe.method).VERSION}
        raise Unusable(_("The newest method_version of %(method)s is %(newest)s.") % words)
    own = {name: value for name, value in recipe.parameters.items() if name not in OURS}
    try:
        _fit(recipe, own)
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        sentence = _("%(method)s can't work with these parameters: %(why)s.")
        raise Unusable(sentence % {"method": recipe.method, "why": error}) from error


def parameters_of(method: str) -> dict[str, Any]:
    """The method's own parameters with what they are if they are left out."""
    known = inspect.signature(load(method).fit).parameters.values()
    return {one.name: one.default for one in known if one.name not in GIVEN}


def parameters_in_words() -> list[str]:
    """A line for each method: its parameters and their defaults, as JSON has them."""
    lines = []
    for method in available():
        known = parameters_of(method).items()
        words = [f"{name} ({json.dumps(default)})" for name, default in known]
        lines.append(f"{method}: {', '.join(words) or '-'}")
    return lines


def _check_names(recipe: Recipe) -> None:
    """Pooling is a way of fitting bradley_terry's counts; no other method has it."""
    known = ["deviation"] if recipe.pooled else list(parameters_of(recipe.method))
    unknown = sorted(set(recipe.parameters) - {*known, *OURS})
    if unknown:
        words = {"method": recipe.method, "unknown": ", ".join(unknown)}
        words["known"] = ", ".join([*known, *OURS])
        raise Unusable(_("%(method)s knows no %(unknown)s; it knows: %(known)s.") % words)
    if recipe.pooled and (recipe.method != "bradley_terry" or recipe.filter.by_voter):
        raise Unusable(_("Only bradley_terry without errors by voter can be pooled."))
    if recipe.pooled and recipe.filter.takes_all:
        raise Unusable(_("A board of all votes has no others to lean on, so it can't be pooled."))


def _check_values(parameters: Mapping[str, Any]) -> None:
    for name, value in parameters.items():
        if name == "pooled" and not isinstance(value, bool):
            raise Unusable(_("pooled is true or false."))
        if name in COUNTS and (type(value) is not int or value < 1):
            raise Unusable(_("%(name)s is a whole number from 1 on.") % {"name": name})
        if name not in OURS and isinstance(value, int | float) and not 0 <= value <= MOST:
            words = {"name": name, "most": MOST}
            raise Unusable(_("%(name)s has to lie between 0 and %(most)s.") % words)


def _fit(recipe: Recipe, own: Mapping[str, Any]) -> None:
    votes = _votes()
    if recipe.pooled:
        counts = votes.counts(len(MODELS))
        shared: dict[str, Any] = {"seed": recipe.seed, "version": recipe.version}
        fit_pooled(counts, counts + counts, models=MODELS, **shared, **own)
        return
    given = votes if recipe.needs_rows else votes.counts(len(MODELS))
    shared = {"seed": recipe.seed, "min_votes": 1, "version": recipe.version}
    load(recipe.method).fit(given, models=MODELS, **shared, **own)


def _votes() -> Comparisons:
    """Each pair on both sides with every outcome, two of each, so that all methods have a finite
    answer; styles differ."""
    sides = [(a, b) for a in range(len(MODELS)) for b in range(len(MODELS)) if a != b]
    rows = [(a, b, outcome) for a, b in sides for outcome in Outcome for _ in range(2)]
    a, b, outcome = np.array(rows, dtype=np.int64).T
    styles = np.random.default_rng(0).normal(size=(len(rows), 4))
    voter = np.arange(len(rows)) // 3
    return Comparisons(a, b, outcome, voter=voter, features=styles)
