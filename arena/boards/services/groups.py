"""The votes of a group of people, and of a population, as far as they may be spoken of.

What may be told is decided in ``arena.demographics.disclosure`` alone. A board by what voters said
of themselves takes no other filter, so that no difference of two boards is about fewer people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from arena.boards.models import Snapshot
from arena.core.errors import Conflict
from arena.demographics.disclosure import LEAST_PEOPLE, disclosable, may_follow
from arena.demographics.selectors import (
    QUESTION_MARK,
    answers_by_voter,
    people_by_answer,
    question_of,
)
from arena.ledger.selectors.entries import SingleVotes, have_voted_since
from arena.rating.clusters import EFFECTIVE_VOTERS_DETAIL
from arena.rating.comparisons import Comparisons
from arena.rating.fit import RatingFit
from arena.rating.poststratification import PopulationWeights, population_weights

STEP = 10
"""Counts of votes and people are told in whole tens, ratings in whole points."""


class TooFewPeople(Conflict):
    """A group of which nothing may be told, because it or what is left beside it is too small."""

    code = "too_few_people"
    message = _("Fewer than ten people would be behind these numbers, so they are not shown.")


@dataclass(frozen=True, slots=True, eq=False)
class RepresentedVotes:
    """The votes of those whom a board speaks for; ``weights`` is None where all weigh the same."""

    slugs: tuple[str, ...]
    votes: Comparisons
    weights: PopulationWeights | None = None


def answers_of(group: str, shares: Mapping[str, float] | None) -> list[str]:
    """Return the answers whose givers a board speaks for. Raises ValueError for no shares."""
    if QUESTION_MARK in group:
        return [group]
    if not shares:
        raise ValueError(f"no shares of a population are stated for {group!r}")
    return sorted(shares)


def may_renew(group: str, newest: Snapshot | None) -> bool:
    """Return whether a next snapshot is worth a look at all votes.

    A group that stays small is looked at again and again, so the first look has to be cheap: at
    least ten people said what the board is about, and as many have voted since the newest one.
    """
    answers = answers_by_voter(question_of(group))
    inside = [one for one, answer in answers.items() if group in (answer, question_of(group))]
    if len(inside) < LEAST_PEOPLE or newest is None:
        return len(inside) >= LEAST_PEOPLE
    return have_voted_since(newest.ledger_number, inside) >= LEAST_PEOPLE


def represented_votes(
    rows: SingleVotes, group: str, shares: Mapping[str, float] | None, behind: int = 0
) -> RepresentedVotes:
    """Return the votes of those who gave an answer, or of all who gave one of a population's.

    Models of which fewer than ten of these people, or fewer than ten but some of the others, have
    seen an answer are left out with their votes. ``behind`` is the ledger number of the snapshot
    that is followed, 0 for none. Raises TooFewPeople.
    """
    wanted = answers_of(group, shares)
    place = {answer: index for index, answer in enumerate(wanted)}
    answers = answers_by_voter(question_of(group))
    given = [answers.get(voter) if voter else None for voter in rows.voters]
    stratum = np.array([place.get(one or "", -1) for one in given], dtype=np.int64)
    people = number_people(rows)
    cast = people >= 0
    by_answer: dict[str, set[int]] = {}
    for answer, one in zip(given, people.tolist(), strict=True):
        if answer is not None:
            by_answer.setdefault(answer, set()).add(one)
    counts = {answer: len(them) for answer, them in by_answer.items()}
    shown = disclosable(counts, len(set(people.tolist()) - {-1}))
    if not set(wanted) <= shown:
        raise TooFewPeople
    inside, outside = cast & (stratum >= 0), cast & (stratum < 0)
    kept = told_models(rows.votes, people, inside, outside, len(rows.slugs))
    inside &= np.isin(rows.votes.a, kept) & np.isin(rows.votes.b, kept)
    groups = stratum[inside]
    if min(_people_in(groups, people[inside], len(wanted))) < LEAST_PEOPLE:
        raise TooFewPeople
    if behind:
        fresh = np.array(rows.numbers) > behind
        gained = _people_in(stratum[inside & fresh], people[inside & fresh], len(wanted))
        everybody = len(np.unique(people[cast & fresh]))
        if not may_follow(dict(zip(wanted, gained, strict=True)), everybody):
            raise TooFewPeople
    votes = rows.votes.take(inside).inside(kept, len(rows.slugs))
    slugs = tuple(rows.slugs[index] for index in kept)
    if not shares:
        return RepresentedVotes(slugs, votes)
    weights = population_weights(groups, [shares[answer] for answer in wanted])
    return RepresentedVotes(slugs, replace(votes, weight=weights.weights), weights)


def _people_in(groups: NDArray[np.int64], people: NDArray[np.int64], size: int) -> list[int]:
    """Return how many people cast the votes of each group."""
    return [len(np.unique(people[groups == index])) for index in range(size)]


def number_people(rows: SingleVotes) -> NDArray[np.int64]:
    """Return a number for who cast each vote, -1 for an imported one, which nobody here did."""
    numbers: dict[Any, int] = {None: -1}
    return np.array(
        [numbers.setdefault(voter, len(numbers) - 1) for voter in rows.voters], dtype=np.int64
    )


def told_models(
    votes: Comparisons,
    people: NDArray[np.int64],
    inside: NDArray[np.bool_],
    outside: NDArray[np.bool_],
    models: int,
) -> list[int]:
    """Return the models that each have enough people on both sides of a group's edge.

    A model that is left out takes its votes along, so that others may have to follow.
    """
    kept = list(range(models))
    while True:
        here = np.isin(votes.a, kept) & np.isin(votes.b, kept)
        enough = [
            model
            for model in kept
            if _people_on(model, votes, people, inside & here) >= LEAST_PEOPLE
            and not 0 < _people_on(model, votes, people, outside & here) < LEAST_PEOPLE
        ]
        if enough == kept:
            return kept
        kept = enough


def _people_on(
    model: int, votes: Comparisons, people: NDArray[np.int64], which: NDArray[np.bool_]
) -> int:
    met = which & ((votes.a == model) | (votes.b == model))
    return len(np.unique(people[met]))


def weights_in_numbers(
    weights: PopulationWeights, shares: Mapping[str, float], plain: RatingFit
) -> dict[str, Any]:
    """Return what the weights did, ready for JSON: by group, in all, and beside the plain board."""
    rows = zip(sorted(shares), weights.groups.tolist(), weights.reached.tolist(), strict=True)
    return {
        "effective_votes": round(weights.effective),
        "votes": len(weights.weights) // STEP * STEP,
        "trimmed": weights.trimmed,
        "groups": [
            {
                "answer": answer,
                "share": shares[answer],
                "reached": round(reached, 3),
                "weight": round(weight, 2),
            }
            for answer, weight, reached in rows
        ],
        "plain": {row.model: round(row.rating) for row in plain.rows if row.rating is not None},
    }


def coarse(fit: RatingFit) -> RatingFit:
    """Return the fit with rows in whole points and tens of votes, so that one person's vote can't
    be read from a change of its digits."""
    rows = tuple(
        replace(
            row,
            votes=row.votes // STEP * STEP,
            wins=row.wins // STEP * STEP,
            win_rate=None if row.win_rate is None else round(row.win_rate, 2),
            rating=_whole(row.rating),
            rating_lower=_whole(row.rating_lower),
            rating_upper=_whole(row.rating_upper),
        )
        for row in fit.rows
    )
    effective = fit.details.get(EFFECTIVE_VOTERS_DETAIL)
    details = {} if effective is None else {EFFECTIVE_VOTERS_DETAIL: float(round(effective))}
    return replace(fit, rows=rows, details={**fit.details, **details})


def _whole(points: float | None) -> float | None:
    return None if points is None else float(round(points))


def people_ready(group: str, answers: Collection[str]) -> int:
    """Return how many people the smallest group of a board has, whether or not they voted."""
    counts = people_by_answer(question_of(group))
    return min((counts[answer] for answer in answers), default=0)
