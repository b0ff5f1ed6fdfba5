"""Which models can be compared at all, and by how thin a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.rating.comparisons import PairCounts
from arena.rating.graph import components


@dataclass(frozen=True, slots=True)
class VoteConnectivity:
    """`parts`: models that votes connect, largest part first. `perfect`: models within a part
    that have only ever won or only ever lost. `pairs_met`: share of pairs with a vote.
    `weakest`: the model with the fewest votes, and `weakest_votes` their number."""

    parts: tuple[tuple[str, ...], ...]
    perfect: tuple[str, ...]
    pairs_met: float
    weakest: str | None
    weakest_votes: int


def connectivity(counts: PairCounts, models: Sequence[str]) -> VoteConnectivity:
    """Read the graph of votes; models without votes are parts of their own."""
    label = components(counts)
    parts: dict[int, list[str]] = {}
    for name, part in zip(models, label.tolist(), strict=True):
        parts.setdefault(part, []).append(name)
    ordered = sorted(parts.values(), key=lambda part: (-len(part), part[0]))
    votes, wins, ties = counts.votes, counts.wins, counts.ties
    one_sided = (votes > 0) & (ties == 0) & ((wins == 0) | (wins == votes))
    pairs = counts.models * (counts.models - 1)
    weakest = int(np.argmin(votes)) if counts.models else None
    return VoteConnectivity(
        parts=tuple(map(tuple, ordered)),
        perfect=tuple(models[i] for i in np.flatnonzero(one_sided).tolist()),
        pairs_met=float((counts.met > 0).sum() / pairs) if pairs else 0.0,
        weakest=None if weakest is None else models[weakest],
        weakest_votes=0 if weakest is None else int(votes[weakest]),
    )
