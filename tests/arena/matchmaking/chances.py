from __future__ import annotations


def probability_of(plan, i, j):
    """The probability of the unordered pair; 0 for one that is not in the plan."""
    chances = {(a, b): chance for a, b, chance in plan.as_rows()}
    return chances.get((min(i, j), max(i, j)), 0.0)
