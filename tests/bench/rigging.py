"""What an attack on the ranking costs with and without the examination of votes, and how often
honest voters are found.

    OPENBLAS_NUM_THREADS=1 .venv/bin/python -m tests.bench.rigging --seeds 12 --part cost

Parts are voters, holds, drift, campaigns, cost and noise, all of them by default. With threads of
its own the matrix library takes many times as long for tables so small. Runs the pure statistics
on simulated votes (tests/rigged_votes.py); no site is started.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from arena.integrity.statistics.betting import FrozenStrengths
from arena.integrity.statistics.findings import betting_voters, campaigns, drifting_models
from tests.figures import Figure, bar, conclude
from tests.rigged_votes import SimulatedVotes, VoteWorld, counts_of, fitted, place_of

SIZES = ((12, 500), (12, 1_000), (12, 3_000), (20, 10_000))
STEP = 10
"""Attack votes between two looks at the board."""
MOST = 4_000
"""Attack votes after which it is given up."""
PLACES = 3
CAP = 30
"""Counted votes of an identity, in the calibration of the field."""


def voters(seeds: int) -> Iterator[Figure]:
    """How many attacking identities and how many honest voters the betting test finds."""
    for models, board in ((20, 10_000), (12, 1_000)):
        caught = total = wrong = honest = tasted = tasters = 0
        for seed in range(seeds):
            world = VoteWorld(models, seed)
            strengths = fitted(world.honest(board), models)
            attack = world.target_only(400 // seeds * 30 + 30, each=30)
            caught += len(list(betting_voters(attack.examined(), strengths)))
            total += len(np.unique(attack.voter))
            many = 2_000 // seeds + 1
            fair = world.honest(many * 100, each=100)
            wrong += len(list(betting_voters(fair.examined(), strengths)))
            honest += many
            own = world.honest(many * 100, each=100, taste=0.3)
            tasted += len(list(betting_voters(own.examined(), strengths)))
            tasters += many
        name = f"{models} models, board of {board} votes"
        recall, false = caught / total, wrong / honest
        yield Figure(
            f"{name}: identities of 30 target battles found",
            f"{recall:.1%}",
            "≥ 95%",
            recall >= 0.95,
        )
        yield Figure(
            f"{name}: honest voters of 100 votes found", f"{false:.2%}", "≤ 0.5%", false <= 0.005
        )
        yield Figure(
            f"{name}: the same with tastes of their own (sd 0.3)", f"{tasted / tasters:.2%}"
        )


def drift(seeds: int) -> Iterator[Figure]:
    """After how many attack votes the alarm on a model's new votes is raised."""
    wanted = {0.1: (60, 1.0), 0.05: (90, 0.75), 0.2: (60, 1.0), 0.02: (90, 0.0)}
    for share, (most, enough) in wanted.items():
        for before in (0, 2_000):
            late = [_votes_until_alarm(share, before, seed) for seed in range(seeds)]
            found = sum(votes <= most for votes in late)
            name = f"{share:.0%} rigged, {before} honest votes before"
            told = f"{found}/{seeds}, median {median(late):.0f}"
            target, ok = f"≥ {enough:.0%} within {most}", found >= enough * seeds
            # The target of the calibration is for an attack that begins with the stream.
            stated = enough > 0 and not before
            yield Figure(f"{name}: alarms", told, target if stated else "", ok if stated else None)
    false = 0
    for seed in range(seeds):
        world = VoteWorld(20, 100 + seed)
        strengths = fitted(world.honest(10_000), 20)
        false += len(list(drifting_models(world.honest(6_000).examined(), strengths)))
    yield Figure(
        f"false alarms in {seeds * 6_000} honest votes",
        str(false),
        "0 of 72000",
        false <= seeds // 13,
    )


def _votes_until_alarm(share: float, before: int, seed: int) -> float:
    world = VoteWorld(20, seed)
    strengths = fitted(world.honest(10_000), 20)
    votes = world.mixed(3_000, share, first=before)
    votes = world.honest(before) + votes if before else votes
    low, high = 0, len(votes)
    if not _has_alarm(votes, high, strengths, world):
        return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        if _has_alarm(votes, middle, strengths, world):
            high = middle
        else:
            low = middle
    return int(votes.rigged[:high].sum())


def _has_alarm(
    votes: SimulatedVotes, upto: int, strengths: FrozenStrengths, world: VoteWorld
) -> bool:
    seen = votes.take(np.arange(len(votes)) < upto).examined()
    found = drifting_models(seen, strengths)
    return any(one.model == world.target and one.direction == 1 for one in found)


Attack = Callable[..., SimulatedVotes]


def cost(seeds: int) -> Iterator[Figure]:
    """Attack votes and identities until the target has moved three places up."""
    for models, honest in SIZES:
        for kind, attack in (
            ("target-only", VoteWorld.target_only),
            ("omnipresent", VoteWorld.omnipresent),
        ):
            bare = [_votes_until_moved(models, honest, seed, attack, None) for seed in range(seeds)]
            name = f"{models} models, {honest} votes, {kind}"
            yield Figure(f"{name}: undefended", _told(bare))
            for each in (CAP, 10, 5):
                found = [
                    _votes_until_moved(models, honest, seed, attack, each) for seed in range(seeds)
                ]
                checked = (models, kind, each) == (20, "target-only", CAP)
                ok = median(found) >= 8 * median(bare)
                yield Figure(
                    f"{name}: {each} votes an identity, examined",
                    _told(found),
                    "≥ 8 times" if checked else "",
                    ok if checked else None,
                )


def _told(votes: list[float]) -> str:
    never = sum(one == float("inf") for one in votes)
    middle = median(votes)
    text = f"more than {MOST}" if middle == float("inf") else f"{middle:.0f} votes"
    return f"{text} ({never} of {len(votes)} never)" if never else text


def _votes_until_moved(
    models: int, honest: int, seed: int, attack: Attack, each: int | None
) -> float:
    """Attack votes until the target stands three places higher, without votes that are found."""
    world = VoteWorld(models, seed)
    base = world.honest(honest)
    counts, strengths = counts_of(base, models), fitted(base, models)
    wanted = place_of(counts, world.target) - PLACES
    votes = attack(world, MOST, each=each or MOST)
    looks = [*range(STEP, 20 * STEP, STEP), *range(20 * STEP, MOST + 1, 5 * STEP)]
    for upto in looks:
        seen = votes.take(np.arange(MOST) < upto)
        if each:
            seen = _unsuspected(seen, strengths)
        if place_of(counts + counts_of(seen, models), world.target) <= wanted:
            return float(upto)
    return float("inf")


def _unsuspected(votes: SimulatedVotes, strengths: FrozenStrengths) -> SimulatedVotes:
    """The votes that are left after those that were found are excluded."""
    for find in (betting_voters, campaigns):
        kept = np.ones(len(votes), dtype=bool)
        for one in find(votes.examined(), strengths):
            kept[one.rows] = False
        votes = votes.take(kept)
    return votes


def campaign(seeds: int) -> Iterator[Figure]:
    """How much of an attack of many young identities is found, among honest young ones."""
    for each in (10, 5, 3):
        caught = attackers = wrong = honest = 0
        for seed in range(seeds):
            world = VoteWorld(20, seed)
            strengths = fitted(world.honest(10_000), 20)
            votes = world.mixed(2_000, 0.1, each=each)
            found = {
                int(who) for one in campaigns(votes.examined(), strengths) for who in one.voters
            }
            bad = set(votes.voter[votes.rigged].tolist())
            good = set(votes.voter[~votes.rigged].tolist())
            caught, attackers = caught + len(found & bad), attackers + len(bad)
            wrong, honest = wrong + len(found & good), honest + len(good)
        yield Figure(
            f"campaign of identities with {each} votes: found", f"{caught / attackers:.0%}"
        )
        yield Figure("  honest young identities among the found", f"{wrong / honest:.2%}")


def noise(seeds: int) -> Iterator[Figure]:
    """How far a tenth of the votes at random moves the ranks of 12 models and 10,000 votes."""
    taus, inside = [], []
    for seed in range(seeds):
        world = VoteWorld(12, seed)
        votes = world.honest(10_000)
        clean = fitted(votes, 12).theta
        random = world.dice.random(len(votes)) < 0.1
        votes.points[random] = world.dice.integers(0, 2, int(random.sum()))
        board = fitted(votes, 12)
        taus.append(float(kendalltau(clean, board.theta).statistic))
        draws = world.dice.multivariate_normal(board.theta, board.covariance, 2_000)
        places = (-draws).argsort(axis=1).argsort(axis=1)
        low, high = np.quantile(places, (0.025, 0.975), axis=0)
        own = (-clean).argsort().argsort()
        inside.append(float(((low <= own) & (own <= high)).mean()))
    tau, share = float(np.mean(taus)), float(np.mean(inside))
    yield Figure("10% at random: mean Kendall tau of ranks", f"{tau:.3f}", "≥ 0.95", tau >= 0.95)
    yield Figure("  clean ranks inside their interval", f"{share:.1%}", "≥ 95%", share >= 0.95)


def holds(seeds: int) -> Iterator[Figure]:
    """What an attack reaches where votes wait while an alarm is open, by new identities and by ones
    that were prepared until they pass for known voters; and how many honest votes wait with them.
    """
    for models, honest in SIZES[2:]:
        for prepared in (False, True):
            for each in (20, 7, 5, 1):
                found = [
                    _most_places(models, honest, seed, each, prepared) for seed in range(seeds)
                ]
                votes = [one for one, _ in found]
                places = [places for _, places in found]
                who = "prepared" if prepared else "new"
                name = f"{models} models, {honest} votes, {each} votes each, {who}"
                told = f"{median(votes):.0f} (most {max(votes)}),"
                told += f" {median(places):.0f} places up (most {max(places)})"
                yield Figure(f"{name}: votes that count at any look", told)
    waiting = 0
    for seed in range(seeds):
        world = VoteWorld(20, 100 + seed)
        strengths = fitted(world.honest(10_000), 20)
        waiting += int(_held(world.honest(6_000), strengths, known=False).sum())
    share = waiting / (6_000 * seeds)
    told = f"{waiting} ({share:.2%})"
    yield Figure(f"honest votes that wait, of {seeds * 6_000}", told, "≤ 0.5%", share <= 0.005)
    for known in (False, True):
        for each in (5, 1):
            shares = []
            for seed in range(seeds):
                world = VoteWorld(20, seed)
                strengths = fitted(world.honest(10_000), 20)
                stream = world.mixed(3_000, 0.1, each=each)
                shares.append(float(_held(stream, strengths, known)[~stream.rigged].mean()))
            name = f"honest votes of {'known voters' if known else 'newcomers'} that wait in an"
            name += f" attack of 10%, {each} votes each"
            yield Figure(name, f"{median(shares):.2%} (most {max(shares):.2%})")


LOOK = 100
"""Votes of a stream between two examinations."""


def _held(votes: SimulatedVotes, strengths: FrozenStrengths, known: bool) -> NDArray[np.bool_]:
    """Which votes of a stream wait after its last examination. What waits once goes on waiting."""
    held = np.zeros(len(votes), dtype=bool)
    for upto in range(LOOK, len(votes) + 1, LOOK):
        now = _waits(votes.take(np.arange(len(votes)) < upto), strengths, known)
        held[:upto] |= now
    return held


def _waits(votes: SimulatedVotes, strengths: FrozenStrengths, known: bool) -> NDArray[np.bool_]:
    """Which votes wait at an examination: those on a model with an alarm, since its beginning, of
    voters who are not ``known`` or who carry the evidence."""
    waits = np.zeros(len(votes), dtype=bool)
    seen, rows = votes.examined(AGE if known else 3600.0), np.arange(len(votes))
    for find in (drifting_models, campaigns):
        for one in find(seen, strengths):
            own = (votes.a == one.model) | (votes.b == one.model)
            whose = np.isin(votes.voter, one.carriers) if known else True
            waits |= own & (rows >= one.rows.min()) & whose
    return waits


AGE = 3 * 24 * 3600.0
"""That of the identities of known voters, in seconds."""


def _most_places(models: int, honest: int, seed: int, each: int, prepared: bool) -> tuple[int, int]:
    """The most votes of an attack that counted at any look, and the places that they won."""
    world = VoteWorld(models, seed)
    base = world.honest(honest)
    counts, strengths = counts_of(base, models), fitted(base, models)
    votes, best = world.target_only(300, each=each), (0, 0)
    held = np.zeros(len(votes), dtype=bool)
    for upto in range(STEP, 301, STEP):
        seen = votes.take(np.arange(len(votes)) < upto)
        held[:upto] |= _waits(seen, strengths, prepared)
        left = seen.take(~held[:upto])
        place = place_of(counts + counts_of(left, models), world.target)
        best = max(best, (len(left), place_of(counts, world.target) - place))
    return best


PARTS = {
    "voters": voters,
    "holds": holds,
    "drift": drift,
    "campaigns": campaign,
    "cost": cost,
    "noise": noise,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--part", nargs="*", choices=PARTS, default=list(PARTS))
    asked = parser.parse_args()
    figures: list[Figure] = []
    with bar("rigging", len(asked.part)) as ticks:
        for part in asked.part:
            figures += PARTS[part](asked.seeds)
            ticks.tick()
    return conclude("Rigged votes", figures)


if __name__ == "__main__":
    sys.exit(main())
