"""How many boards of the shipped models show two tiers after 60 honest votes on sample pictures?

    python -m tests.bench.rating.sample_boards [--boards 400] [--seed 1] [--quick]

Each board is a fresh arena without its clock: candidates of the strata that workers draw, one of
them chosen by the chance that a side wins, a pair by the plan in force, two answers that are right
as often as the cards' measured accuracy says, and a vote by what is right. Equal answers bring no
vote. Rows without a target are what else was looked at.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

import numpy as np

from arena.bootstrap.environment import ROOT
from arena.matchmaking import (
    draw_pair,
    draw_picture,
    expected_contest,
    learned_contest,
    picture_probabilities,
    plan_pairs,
)
from arena.rating.comparisons import PairCounts, VoteOutcome
from arena.rating.methods.bradley_terry import VERSION, WALD_UNTIL, fit
from inference_worker.samples.pictures import CATEGORIES
from tests.figures import Figure, Ticks, bar, conclude

CARDS = ROOT / "inference_worker" / "checkpoints"
SHIPPED_SAMPLES = ROOT / "arena" / "battles" / "samples" / "samples.json"
TARGET, MOST_BATTLES = 0.75, 2000
LEAST_VOTES, PLAN_FLOOR, CEILING, PICTURE_FLOOR = 10, 0.1, 0.5, 0.2
KEPT_BATTLES = 10
"""The site reads the chances once a minute, in which one voter sees about so many battles."""
HARDER = 0.8
"""By how much the log odds of being right fall with each thing more in a picture, about the
middle of its task, where strata differ."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to choose pictures and pairs, and a version of the method that judges."""

    name: str
    policy: str = "fewest_votes"
    candidates: int = 8
    sharpness: float = 4.0
    floor: float = PICTURE_FLOOR
    harder: float = 0.0
    version: int = VERSION
    votes: int = 60


@dataclass(slots=True)
class World:
    """The truth: how often each model is right [M, K], and how often strata are drawn [K]."""

    accuracy: np.ndarray
    measured: np.ndarray
    share: np.ndarray


@dataclass(slots=True)
class Played:
    """The outcomes of one board's battles."""

    table: np.ndarray
    met: np.ndarray
    decided: np.ndarray
    battles: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


def world(harder: float) -> World:
    """Read the cards and the shipped samples, which are drawn as workers draw theirs."""
    cards = [json.loads(path.read_text()) for path in sorted(CARDS.glob("*/arena.json"))]
    rows = json.loads(SHIPPED_SAMPLES.read_text())
    assert {row["category"] for row in rows} <= set(CATEGORIES.values())
    strata = Counter(row["stratum"] for row in rows)
    names = sorted(strata)
    tasks = [name.rpartition(": ")[0] for name in names]
    things = np.array([float(name.rpartition(": ")[2]) for name in names])
    middle = np.array([np.mean(things[[t == task for t in tasks]]) for task in tasks])
    measured = np.array([[card["accuracy"][task] / 100 for task in tasks] for card in cards])
    known = np.clip(measured, 0.005, 0.995)
    odds = np.log(known / (1 - known)) - harder * (things - middle)
    share = np.array([strata[name] for name in names], dtype=float)
    return World(1 / (1 + np.exp(-odds)), measured, share / share.sum())


def play(way: Way, truth: World, rng: np.random.Generator, dice: Random) -> Played:
    """Play battles until there are so many votes."""
    models, strata = truth.accuracy.shape
    pairs = np.column_stack(np.triu_indices(models, k=1))
    expected = expected_contest(truth.measured, pairs)
    cells = (len(pairs), strata)
    played = Played(np.zeros((models, models, 4), np.int64), np.zeros(cells), np.zeros(cells))
    planned, plan, chance = -1, _plan(way, played.table, models), np.zeros(strata)
    while played.table.sum() < way.votes and played.battles < MOST_BATTLES:
        if played.table.sum() != planned:
            planned = played.table.sum()
            plan = _plan(way, played.table, models)
        if played.battles % KEPT_BATTLES == 0:
            chance = plan.probability @ learned_contest(expected, played.met, played.decided)
        played.battles += 1
        candidates = rng.choice(strata, way.candidates, p=truth.share)
        shares = picture_probabilities(chance[candidates], floor=way.floor, sharpness=way.sharpness)
        stratum = candidates[draw_picture(shares, dice)]
        match = draw_pair(plan, dice)
        _vote(played, truth, pairs, (match.model_a, match.model_b, int(stratum)), rng)
    return played


def _plan(way: Way, table: np.ndarray, models: int):
    """Return the pairs and their probabilities by the board so far."""
    votes = table.sum(axis=2)
    votes = votes + votes.T
    theta, covariance = np.full(models, np.nan), np.full((models, models), np.nan)
    if way.policy == "a_optimal" and votes.sum():
        found = fit(PairCounts(table), models=[str(one) for one in range(models)])
        theta, covariance = found.theta, found.covariance
    return plan_pairs(
        theta=theta,
        covariance=covariance,
        votes=votes,
        strategy=way.policy,
        floor=PLAN_FLOOR,
        ceiling=CEILING,
    )


def _vote(
    played: Played, truth: World, pairs: np.ndarray, drawn: tuple[int, int, int], rng
) -> None:
    """Let both answer, and vote by what is right: two right answers are the same words, and of two
    wrong ones half are."""
    a, b, stratum = drawn
    right = rng.random(2) < truth.accuracy[[a, b], stratum]
    kind = {(True, False): "a", (False, True): "b", (True, True): "agreed"}.get(tuple(right))
    kind = kind or ("agreed" if rng.random() < 0.5 else "both_bad")
    low, high = sorted((a, b))
    place = int(np.flatnonzero((pairs[:, 0] == low) & (pairs[:, 1] == high))[0]), stratum
    played.kinds[kind] += 1
    played.met[place] += 1
    played.decided[place] += kind in ("a", "b")
    outcome = {"a": VoteOutcome.A, "b": VoteOutcome.B, "both_bad": VoteOutcome.BOTH_BAD}.get(kind)
    if outcome is not None:
        played.table[a, b, outcome] += 1


def tiers(way: Way, played: Played, models: int) -> int:
    """Return how many tiers the board shows."""
    found = fit(
        PairCounts(played.table),
        models=[str(one) for one in range(models)],
        min_votes=LEAST_VOTES,
        version=way.version,
    )
    return len({row.tier for row in found.rows if row.tier is not None})


def share_with_two(way: Way, boards: int, seed: int, ticks: Ticks) -> tuple[int, float, float]:
    """Return boards with two tiers, battles for a board, and agreements among its battles."""
    truth = world(way.harder)
    rng, dice = np.random.default_rng(seed), Random(seed)
    two, battles, agreed = 0, 0, 0
    for _ in range(boards):
        played = play(way, truth, rng, dice)
        two += tiers(way, played, len(truth.accuracy)) >= 2
        battles += played.battles
        agreed += played.kinds["agreed"]
        ticks.tick()
    return two, battles / boards, agreed / battles


NOW = Way("as the site chooses")
WAYS = (
    NOW,
    replace(NOW, name="strata that differ", harder=HARDER),
    replace(NOW, name="version 2 of the method", version=WALD_UNTIL),
    replace(NOW, name="uniform pairs", policy="uniform"),
    replace(NOW, name="informative pairs", policy="a_optimal"),
    replace(NOW, name="any picture", candidates=1),
    replace(NOW, name="16 candidates", candidates=16),
    replace(NOW, name="32 candidates", candidates=32),
    replace(NOW, name="power 8", sharpness=8.0),
    replace(NOW, name="16 candidates, power 8", candidates=16, sharpness=8.0),
    replace(NOW, name="even share of a tenth", floor=0.1),
    replace(NOW, name="90 votes", votes=90),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--boards", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="only the way that is in force")
    told = parser.parse_args(argv)
    ways = WAYS[:1] if told.quick else WAYS
    found = []
    with bar("boards", told.boards * len(ways)) as ticks:
        for way in ways:
            two, battles, agreed = share_with_two(way, told.boards, told.seed, ticks)
            share = two / told.boards
            error = 100 * (share * (1 - share) / told.boards) ** 0.5
            value = f"{two} of {told.boards} ({100 * share:.0f}% ± {error:.0f});"
            value += f" {battles:.0f} battles, {100 * agreed:.0f}% agreed"
            aim = f">= {TARGET:.0%}" if way is NOW else ""
            found.append(Figure(way.name, value, aim, share >= TARGET if aim else None))
    return conclude(f"Two tiers, seed {told.seed}", found)


if __name__ == "__main__":
    sys.exit(main())
