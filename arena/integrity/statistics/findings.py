"""Find votes that look wrong: voters, campaigns and models whose new votes drift."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.stats import binom

from arena.integrity.statistics.betting import (
    DIRECTIONS,
    BettingRule,
    ExaminedVotes,
    Floats,
    FrozenStrengths,
    Integers,
    bets_on,
    wealth,
    wealth_by_group,
)

VOTER_RULE = BettingRule(np.array([0.4, 0.65, 0.9]), errors=1.0)
VOTER_ERRORS = 0.01
"""The chance that an honest voter is found, whatever the number of models and votes."""
FEWEST_BETS = 8
"""The battles with a model below which nothing is said about a voter and that model."""

DRIFT_RULE = BettingRule(np.array([0.2, 0.4]), errors=1.5)
DRIFT_ERRORS = 0.08
"""The chance that a bettor who looks at a stretch of honest votes raises an alarm."""
STRETCH = 100
"""A new bettor begins after so many battles of a model, and each bets for two stretches: one that
began long before an attack would have lost its wealth on honest votes."""

CAMPAIGN_RULE = BettingRule(np.array([0.25, 0.5, 0.8]), errors=1.0)
CAMPAIGN_ERRORS = 0.01
CAMPAIGN_SECONDS = 24 * 3600.0
YOUNG_SECONDS = 24 * 3600.0
"""An identity is young at a vote that it casts so soon after it was made."""
FEWEST_IDENTITIES = 3
REST_LEVEL = math.log(1 / 0.1)
"""The votes that remain of a campaign are taken for honest below this."""

SAME_ANSWER_CHANCE = 1e-6
"""The chance at which as many equal choices by a fair coin become a finding."""
RUSHED_CHANCE = 1e-4
RUSHED_SHARE = 0.3
"""The share of quick votes that is put down to a careful voter's obvious battles."""
WORDS_A_SECOND = 25.0
"""Both answers together; three to five times what people read who look for words alone."""
REACTION_SECONDS = 0.3


Beginnings = Mapping[tuple[int, int], int]
"""The first row that is looked at for a model and a direction; the first of all where none is
named."""
NOWHERE: Beginnings = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class BettingFinding:
    """Votes that push a model up (1) or down (-1): rows of the examined votes, the logarithm of the
    wealth after each bet and the level that it passed. ``voters`` are those found, and ``carriers``
    those among them without whom the rest could be honest."""

    model: int
    direction: int
    rows: Integers
    voters: Integers
    carriers: Integers
    curve: Floats
    level: float


@dataclass(frozen=True, slots=True, eq=False)
class PatternFinding:
    """A voter whose votes show a pattern: ``count`` of ``of`` votes, which are ``rows``."""

    voter: int
    rows: Integers
    count: int
    of: int
    chance: float


def level_of(strengths: FrozenStrengths, errors: float) -> float:
    """Return the logarithm of the wealth that no honest model or direction reaches, but for a
    chance of ``errors`` in all."""
    return math.log(len(DIRECTIONS) * len(strengths.names) / errors)


def betting_voters(votes: ExaminedVotes, strengths: FrozenStrengths) -> Iterator[BettingFinding]:
    """Yield each voter and model of which the voter's votes can't be told by the board.

    ``rows`` are all votes of the voter: the others may be for show. A voter is yielded once, with
    the model and direction in which the wealth rose highest.
    """
    level, best = level_of(strengths, VOTER_ERRORS), dict[int, BettingFinding]()
    for direction in DIRECTIONS:
        bets = bets_on(votes, strengths, direction, VOTER_RULE)
        voter = votes.voter[bets.row]
        order = np.lexsort((bets.row, bets.model, voter))
        group = (voter * len(strengths.names) + bets.model)[order]
        reached = wealth_by_group(bets.growth[order], group)
        for key in np.unique(group[reached >= level]).tolist():
            who, model = divmod(key, len(strengths.names))
            first, last = np.searchsorted(group, [key, key + 1])
            curve = reached[first:last]
            found = best.get(who)
            if last - first >= FEWEST_BETS and (found is None or found.curve.max() < curve.max()):
                rows, alone = np.flatnonzero(votes.voter == who), np.array([who])
                best[who] = BettingFinding(model, direction, rows, alone, alone, curve, level)
    yield from best.values()


def drifting_models(
    votes: ExaminedVotes, strengths: FrozenStrengths, begin: Beginnings = NOWHERE
) -> Iterator[BettingFinding]:
    """Yield each model whose new votes, whoever cast them, can't be told by the board.

    No identity is looked at, so that splitting an attack over many hides nothing. ``rows`` are the
    model's votes from the beginning of the first bettor who found it. Each later one who finds it,
    too, names who carries his evidence: the first has lost his wealth on honest votes by then.
    """
    level = level_of(strengths, DRIFT_ERRORS)
    for direction in DIRECTIONS:
        bets = bets_on(votes, strengths, direction, DRIFT_RULE)
        for model in range(len(strengths.names)):
            own = (bets.model == model) & (bets.row >= begin.get((model, direction), 0))
            growth, rows = bets.growth[own], bets.row[own]
            alarmed = stretches_above(growth, level)
            if not alarmed:
                continue
            first, voter = alarmed[0].start, votes.voter[rows]
            carry, whole = peel_identities(voter[first:], growth[first:])
            later = [peel_identities(voter[one], growth[one])[0] for one in alarmed[1:]]
            carry = np.unique(np.concatenate([carry, *later]))
            voters = np.unique(voter[first:])
            yield BettingFinding(model, direction, rows[first:], voters, carry, whole, level)


def stretches_above(growth: Floats, level: float) -> list[slice]:
    """Return the bets of each bettor whose wealth reaches the level."""
    every = (slice(start, start + 2 * STRETCH) for start in range(0, len(growth), STRETCH))
    return [one for one in every if wealth(growth[one]).max() >= level]


def campaigns(
    votes: ExaminedVotes, strengths: FrozenStrengths, begin: Beginnings = NOWHERE
) -> Iterator[BettingFinding]:
    """Yield each model that many young identities push within a day.

    The evidence is that of all votes of young identities on the model in a window together. The
    identity that adds most is taken out and the evidence computed again, until the rest could be
    honest: who is left was not part of it. Fewer than three identities are no campaign.
    """
    level = level_of(strengths, CAMPAIGN_ERRORS)
    young = np.flatnonzero(votes.age <= YOUNG_SECONDS)
    fresh = votes.take(young)
    for direction in DIRECTIONS:
        bets = bets_on(fresh, strengths, direction, CAMPAIGN_RULE)
        for model in range(len(strengths.names)):
            looked_at = young[bets.row] >= begin.get((model, direction), 0)
            own = np.flatnonzero((bets.model == model) & looked_at)
            rows, growth = bets.row[own], bets.growth[own]
            window = busiest_window(fresh.at[rows], growth, level)
            if window is None:
                continue
            taken, curve = peel_identities(fresh.voter[rows[window]], growth[window])
            if len(taken) >= FEWEST_IDENTITIES:
                inside = rows[window]
                cast = young[inside[np.isin(fresh.voter[inside], taken)]]
                yield BettingFinding(model, direction, cast, taken, taken, curve, level)


def busiest_window(at: Floats, growth: Floats, level: float) -> slice | None:
    """Return the window of a day, of those that begin half a day apart, in which the wealth rises
    highest; None where it nowhere reaches the level."""
    best, highest = None, level
    start = at[0] if len(at) else 0.0
    while len(at) and start <= at[-1]:
        window = slice(*np.searchsorted(at, [start, start + CAMPAIGN_SECONDS]).tolist())
        if window.stop > window.start:
            reached = float(wealth(growth[window]).max())
            best, highest = (window, reached) if reached >= highest else (best, highest)
        start += CAMPAIGN_SECONDS / 2
    return best


def peel_identities(voter: Integers, growth: Floats) -> tuple[Integers, Floats]:
    """Return the identities that carry the evidence, and the wealth on all votes together."""
    names, place = np.unique(voter, return_inverse=True)
    sums = np.bincount(place, growth.mean(axis=1))
    left, taken = np.ones(len(voter), dtype=bool), list[int]()
    for who in names[np.argsort(-sums, kind="stable")].tolist():
        if not left.any() or wealth(growth[left]).max() < REST_LEVEL:
            break
        taken.append(who)
        left &= voter != who
    return np.array(taken, dtype=np.int64), wealth(growth)


def same_answers(voter: Integers, choice: Integers) -> Iterator[PatternFinding]:
    """Yield each voter who gives one answer far more often than a fair coin would: sides are drawn
    at random, so that no model can be the reason."""
    for who, rows in _rows_by_voter(voter):
        counts = np.bincount(choice[rows])
        chance = float(binom.sf(counts.max() - 1, len(rows), 0.5))
        if chance < SAME_ANSWER_CHANCE:
            yield PatternFinding(who, rows, int(counts.max()), len(rows), chance)


def rushed_voters(voter: Integers, seconds: Floats, words: Floats) -> Iterator[PatternFinding]:
    """Yield each voter who often votes sooner than anybody can read.

    ``seconds`` passed between the first text on the page and the vote, ``words`` are those of both
    answers; nan where one of them is not known, which says nothing.
    """
    quick = seconds < REACTION_SECONDS + words / WORDS_A_SECOND
    known = np.flatnonzero(~np.isnan(seconds) & ~np.isnan(words))
    for who, rows in _rows_by_voter(voter[known]):
        count = int(quick[known[rows]].sum())
        chance = float(binom.sf(count - 1, len(rows), RUSHED_SHARE))
        if chance < RUSHED_CHANCE:
            yield PatternFinding(who, known[rows], count, len(rows), chance)


def _rows_by_voter(voter: Integers) -> Iterator[tuple[int, Integers]]:
    order = np.argsort(voter, kind="stable")
    first = np.flatnonzero(np.diff(voter[order])) + 1
    for rows in np.split(order, first):
        if len(rows):
            yield int(voter[rows[0]]), rows
