"""A model in the place of one that could not answer, and the probability of the pair that is shown.

The pair was drawn from a plan; a model of it failed before it had begun, and another one is drawn
from the pairs that the plan has with the model that stays. The pair that is shown at last can have
come about in several ways: drawn at once, or after each model that failed. Its probability is that
of all of them together, given who failed. Where both models of a pair would have failed, either is
taken to have done so first.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from arena.matchmaking.pairing import PairProbabilities, UniformSource


def replacements(plan: PairProbabilities, kept: int, excluded: Collection[int]) -> dict[int, float]:
    """Return the models that may stand beside ``kept``, with probabilities that sum to one.

    They are those of the plan's pairs with ``kept``; where it has none left, any of the plan's
    models, each as likely. Empty where there is nobody else.
    """
    shares: dict[int, float] = {}
    for (first, second), share in zip(plan.pairs.tolist(), plan.probability, strict=True):
        other = second if first == kept else first if second == kept else None
        if other is not None and other not in excluded:
            shares[other] = float(share)
    if not shares:
        others = set(plan.pairs.flatten().tolist()) - set(excluded) - {kept}
        shares = dict.fromkeys(sorted(others), 1.0)
    whole = sum(shares.values())
    return {model: share / whole for model, share in shares.items()}


def draw_replacement(
    plan: PairProbabilities, kept: int, excluded: Collection[int], rng: UniformSource
) -> int | None:
    """Return the model that answers beside ``kept``; None where there is nobody else."""
    found = replacements(plan, kept, excluded)
    if not found:
        return None
    models = list(found)
    reached = np.searchsorted(np.cumsum(list(found.values())), rng.random(), side="right")
    return models[min(int(reached), len(models) - 1)]


def shown_probability(
    plan: PairProbabilities, shown: tuple[int, int], failed: Collection[int]
) -> float:
    """Return the probability that this pair is shown, given that these models fail before they
    begin, and each is replaced."""
    ways = set(shown) | set(failed)
    total = 0.0
    for (first, second), share in zip(plan.pairs.tolist(), plan.probability, strict=True):
        if first in ways and second in ways:
            total += float(share) * _reached(plan, (first, second), shown, frozenset(failed))
    return total


def _reached(
    plan: PairProbabilities,
    pair: tuple[int, int],
    shown: tuple[int, int],
    failing: frozenset[int],
    excluded: frozenset[int] = frozenset(),
) -> float:
    """Return the probability that a pair becomes the shown one by replacing those that fail."""
    bad = [model for model in pair if model in failing]
    if not bad:
        return float(set(pair) == set(shown))
    total = 0.0
    for model in bad:
        kept = pair[1] if model == pair[0] else pair[0]
        out = excluded | {model}
        for other, share in replacements(plan, kept, out).items():
            if other in failing or other in shown:
                reached = _reached(plan, (kept, other), shown, failing, out)
                total += share / len(bad) * reached
    return total
