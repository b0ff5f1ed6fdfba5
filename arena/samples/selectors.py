"""Reading how likely a sample is to have a winner, and which battles are prepared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import numpy as np
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from numpy.typing import NDArray

from arena.battles.models import Battle, Generation, Turn
from arena.battles.selectors import reading
from arena.battles.selectors.pairing import drawn_pairs
from arena.battles.states import BattleState, Choice
from arena.catalog.selectors import active_versions
from arena.matchmaking import expected_contest, learned_contest
from arena.matchmaking.pairing import PairProbabilities
from arena.voters.models import Voter

RECENT = 3000
"""Newest questions whose outcomes say which samples are hard."""
KEPT_SECONDS = 60
EVEN = 0.5
"""The chance of which nothing is known."""
MOST_TRIES = 6
"""Battles that are prepared after one that was seen, of which all but the last one agreed."""
FIT = (BattleState.GENERATING, BattleState.VOTING)
DECIDED = (Choice.A, Choice.B)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ContestChances:
    """Chances that a pair drawn by the plan in force has a winner, by stratum and task."""

    by_stratum: Mapping[str, float]
    by_task: Mapping[str, float]

    def of(self, stratum: str) -> float:
        """Return the chance for a sample of a stratum: its own, else that of its task."""
        known = self.by_stratum.get(stratum, self.by_task.get(task_of(stratum)))
        if known is None:
            return float(np.mean([*self.by_task.values()])) if self.by_task else EVEN
        return known


@dataclass(frozen=True, slots=True)
class SampleOutcome:
    """End of a battle on a sample: the stratum, both cards by slug, whether one side won."""

    stratum: str
    slugs: frozenset[str]
    decided: bool


def task_of(stratum: str) -> str:
    """Return the exam's task of a stratum."""
    return stratum.rpartition(": ")[0] or stratum


def known_chances() -> ContestChances:
    """Return the chances as they were within the last minute."""
    kept = cache.get_or_set("samples-chances", contest_chances, KEPT_SECONDS)
    return cast("ContestChances", kept)


def contest_chances() -> ContestChances:
    """Return the chances by measured accuracy, and by how the newest battles on samples ended.

    They are those of all pairs together, each with the probability with which it is drawn now.
    """
    accuracy = {slug: one.card.accuracy for slug, one in active_versions().items()}
    if len(accuracy) < 2:
        return ContestChances({}, {})
    plan, outcomes = drawn_pairs(sorted(accuracy)), sample_outcomes()
    strata = sorted({one.stratum for one in outcomes})
    tasks = sorted({*(task for own in accuracy.values() for task in own), *map(task_of, strata)})
    measured = np.array(
        [[accuracy[slug].get(task, np.nan) for task in tasks] for slug in sorted(accuracy)]
    )
    table = _OutcomeTable(sorted(accuracy), plan, outcomes)
    expected = expected_contest(measured / 100.0, plan.pairs)
    by_task = learned_contest(expected, *table.counts(tasks, task_of))
    of_task = by_task[:, [tasks.index(task_of(stratum)) for stratum in strata]]
    by_stratum = learned_contest(of_task, *table.counts(strata, str))
    return ContestChances(
        dict(zip(strata, (plan.probability @ by_stratum).tolist(), strict=True)),
        dict(zip(tasks, (plan.probability @ by_task).tolist(), strict=True)),
    )


def sample_outcomes() -> list[SampleOutcome]:
    """Return how the battles of the newest questions ended, of those on a sample as it was offered
    that have a vote or an agreement."""
    newest = Turn.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = Generation.objects.filter(
        turn__gt=newest - RECENT,
        turn__number=0,
        turn__battle__state__in=[BattleState.VOTED, BattleState.AGREED],
    ).exclude(turn__sample_stratum="")
    columns = ("turn", "turn__sample_stratum", "turn__battle__vote__choice", "version__card__slug")
    sides: dict[int, tuple[str, str, set[str]]] = {}
    for turn, stratum, choice, slug in rows.order_by().values_list(*columns):
        sides.setdefault(turn, (stratum, choice, set()))[2].add(slug)
    return [
        SampleOutcome(stratum, frozenset(slugs), choice in DECIDED)
        for stratum, choice, slugs in sides.values()
    ]


class _OutcomeTable:
    """Outcomes by pair of the plan, to be counted by stratum or by task."""

    def __init__(
        self, slugs: Sequence[str], plan: PairProbabilities, outcomes: Iterable[SampleOutcome]
    ) -> None:
        self._pairs = {
            frozenset((slugs[first], slugs[second])): row
            for row, (first, second) in enumerate(plan.pairs.tolist())
        }
        self._outcomes = [one for one in outcomes if one.slugs in self._pairs]

    def counts(self, names: Sequence[str], name_of: Callable[[str], str]) -> tuple[Floats, Floats]:
        """Return the battles [P, K] by pair and name, and those that one side won."""
        place = {name: column for column, name in enumerate(names)}
        met = np.zeros((len(self._pairs), len(names)))
        decided = np.zeros_like(met)
        for one in self._outcomes:
            cell = self._pairs[one.slugs], place[name_of(one.stratum)]
            met[cell] += 1
            decided[cell] += one.decided
        return met, decided


def prepared_battles(voter: Voter) -> list[Battle]:
    """Return the battles that are prepared for a voter, the oldest first."""
    return list(reading.prepared_battles().filter(voter=voter))


def outdated_battles() -> list[Battle]:
    """Return the prepared battles that may not be shown any more."""
    return [battle for battle in reading.prepared_battles() if not is_fit(battle)]


def is_fit(battle: Battle) -> bool:
    """Return whether a prepared battle may still be shown: it has not failed, is young enough, and
    both versions are still those that would be drawn."""
    age = timezone.now() - battle.created_at
    if battle.state not in FIT or age > timedelta(seconds=settings.PREPARED_SECONDS):
        return False
    drawn = {version.pk for version in active_versions().values()}
    return all(answer.version_id in drawn for answer in reading.newest_generations(battle))


def may_prepare(voter: Voter, after: Battle) -> bool:
    """Return whether one more battle may be prepared for a voter who looks at ``after``."""
    tried = Battle.objects.filter(voter=voter, prepared=True, pk__gt=after.pk).count()
    on_site = reading.prepared_battles().count()
    return tried < MOST_TRIES and on_site < settings.PREPARED_BATTLES_SITE
