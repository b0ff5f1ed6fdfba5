"""Whether the timetable of veiled answers suits the slowest model that is drawn."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from django.conf import settings

from arena.battles.lockstep import seconds_for
from arena.battles.models import Generation
from arena.battles.states import GenerationState, Pacing
from arena.catalog.states import CardState

NEWEST = 2_000
"""Answers that are looked at."""
LEAST = 20
"""Answers of a model below which nothing is said about it."""


@dataclass(frozen=True, slots=True)
class SlowModel:
    """A model for which both panes of a veiled battle wait: by that it can be told apart."""

    name: str
    pace: float
    """Tokens a second, at the median."""
    seconds: int
    """What ``ARENA_VEILED_SECONDS`` would have to be so that they don't."""


def slowest_model() -> SlowModel | None:
    """Return the model that the timetable suits least; None where it suits all. One query."""
    if settings.PACING != Pacing.VEILED:
        return None
    rows = Generation.objects.filter(
        state=GenerationState.ENDED, tokens__gt=1, version__card__state=CardState.ACTIVE
    ).order_by("-pk")
    columns = ("version__card__name", "tokens", "first_text_ms", "total_ms")
    paces, firsts, lengths = defaultdict[str, list[float]](list), defaultdict(list), []
    for name, tokens, first, total in rows.values_list(*columns)[:NEWEST]:
        if total > first:
            paces[name].append(1000 * tokens / (total - first))
            firsts[name].append(first / 1000)
            lengths.append(tokens)
    found = [
        SlowModel(name, pace, math.ceil(seconds_for(median(firsts[name]), pace, median(lengths))))
        for name, pace in ((name, median(own)) for name, own in paces.items() if len(own) >= LEAST)
    ]
    slowest = max(found, key=lambda one: one.seconds, default=None)
    late = slowest is not None and slowest.seconds > settings.VEILED_SECONDS
    return slowest if late else None
