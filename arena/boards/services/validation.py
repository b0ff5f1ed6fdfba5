"""Check that a method accepts the parameters of a board, before a vote depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from arena.boards.services.recipes import BoardRecipe
from arena.core.errors import DomainError
from arena.rating.comparisons import Comparisons, VoteOutcome
from arena.rating.descriptions import MethodOption
from arena.rating.features import StyleFeature
from arena.rating.methods import available_methods, pooling_of
from arena.rating.recipes import CHOOSING, NOT_OWN, POPULATION, WEIGHED

COUNTS = ("min_votes", "most_votes", "method_version")
MODELS = ("first", "second", "third")


class UnusableBoard(DomainError):
    """A board that can't be computed as it is set up."""

    code = "unusable"


def try_out(recipe: BoardRecipe) -> None:
    """Compute a board of three models from made-up votes. Raises Unusable with a sentence."""
    _check_names(recipe)
    options = {option.name: option for option in options_of(recipe)}
    for name, value in recipe.parameters.items():
        if name == "pooled" and not isinstance(value, bool):
            raise UnusableBoard(_("pooled is true or false."))
        if name == WEIGHED and not isinstance(value, bool):
            raise UnusableBoard(_("weigh_pictures is true or false."))
        if name in COUNTS and (type(value) is not int or value < 1):
            raise UnusableBoard(_("%(name)s is a whole number from 1 on.") % {"name": name})
        number = name in options and isinstance(value, int | float)
        if number and not options[name].allows(value):
            bounds = {"name": name, "least": options[name].least, "most": options[name].most}
            raise UnusableBoard(_("%(name)s has to lie between %(least)s and %(most)s.") % bounds)
    if recipe.fitting.version > recipe.rating_method.VERSION:
        words = {"method": recipe.method, "newest": recipe.rating_method.VERSION}
        raise UnusableBoard(_("The newest method_version of %(method)s is %(newest)s.") % words)
    own = recipe.fitting.method_parameters
    try:
        _fit(recipe, own)
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        sentence = _("%(method)s can't work with these parameters: %(why)s.")
        raise UnusableBoard(sentence % {"method": recipe.method, "why": error}) from error


def options_of(recipe: BoardRecipe) -> tuple[MethodOption, ...]:
    """Return the options that the recipe's method has, pooled or not. Raises UnknownMethod."""
    told = recipe.rating_method.DESCRIPTION
    return told.pooled_options if recipe.fitting.pooled else told.options


def _check_names(recipe: BoardRecipe) -> None:
    known = [option.name for option in options_of(recipe)]
    unknown = sorted(set(recipe.parameters) - {*known, *NOT_OWN})
    if unknown:
        words = {"method": recipe.method, "unknown": ", ".join(unknown)}
        words["known"] = ", ".join([*known, *CHOOSING])
        raise UnusableBoard(_("%(method)s knows no %(unknown)s; it knows: %(known)s.") % words)
    if recipe.fitting.pooled and (pooling_of(recipe.method) is None or recipe.filter.by_voter):
        names = ", ".join(name for name in available_methods() if pooling_of(name))
        sentence = _("Only %(methods)s without errors by voter can be pooled.")
        raise UnusableBoard(sentence % {"methods": names})
    if recipe.fitting.weighed and (
        recipe.fitting.pooled or not recipe.rating_method.DESCRIPTION.weighs
    ):
        sentence = _("%(method)s can't weigh pictures back; boards that are pooled can't, either.")
        raise UnusableBoard(sentence % {"method": recipe.method})
    if POPULATION in recipe.parameters and (
        recipe.fitting.weighed or not recipe.rating_method.DESCRIPTION.weighs
    ):
        words = {"method": recipe.method}
        raise UnusableBoard(
            _("%(method)s can't weight votes to a population with these parameters.") % words
        )
    if recipe.fitting.pooled and recipe.filter.takes_all:
        raise UnusableBoard(
            _("A board of all votes has no others to lean on, so it can't be pooled.")
        )


def _fit(recipe: BoardRecipe, own: Mapping[str, Any]) -> None:
    # Each pair on both sides with every outcome, two of each, so that all methods have a
    # finite answer; styles differ.
    sides = [(a, b) for a in range(len(MODELS)) for b in range(len(MODELS)) if a != b]
    rows = [(a, b, outcome) for a, b in sides for outcome in VoteOutcome for _ in range(2)]
    a, b, outcome = np.array(rows, dtype=np.int64).T
    styles = np.random.default_rng(0).normal(size=(len(rows), len(StyleFeature)))
    voter = np.arange(len(rows)) // 3
    votes = Comparisons(a, b, outcome, voter=voter, features=styles)
    pooling = pooling_of(recipe.method)
    if recipe.fitting.pooled and pooling is not None:
        counts = votes.counts(len(MODELS))
        shared: dict[str, Any] = {"seed": recipe.seed, "version": recipe.fitting.version}
        pooling.fit_pooled(counts, counts + counts, models=MODELS, **shared, **own)
        return
    given = votes if recipe.needs_rows else votes.counts(len(MODELS))
    shared = {"seed": recipe.seed, "min_votes": 1, "version": recipe.fitting.version}
    recipe.rating_method.fit(given, models=MODELS, **shared, **own)
