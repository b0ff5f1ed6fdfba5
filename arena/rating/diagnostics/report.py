"""Compute all diagnostics of a set of votes, ready for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from arena.rating.board import connect_models
from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.diagnostics.concentration import concentration
from arena.rating.diagnostics.connectivity import connectivity
from arena.rating.diagnostics.first_place import first_place
from arena.rating.diagnostics.intransitivity import intransitivity
from arena.rating.diagnostics.side_bias import side_bias
from arena.rating.diagnostics.tie_convention import tie_conventions
from arena.rating.fit import STANDARD_SCALE, RatingScale


def diagnose(
    votes: PairCounts | Comparisons, models: Sequence[str], scale: RatingScale = STANDARD_SCALE
) -> dict[str, Any]:
    """Return an entry for each diagnostic; None if the votes cannot answer it.

    Diagnostics that need one connected board use the part that gets numbers; `connectivity` names
    the others. Raises ValueError as `connect_models` does.
    """
    base = connect_models(votes, models, scale)
    inside = base.counts.take(base.inside)
    names = [base.models[i] for i in base.inside.tolist()]
    found = {
        "side_bias": side_bias(base.counts, scale),
        "connectivity": connectivity(base.counts, base.models),
        "intransitivity": intransitivity(inside, scale),
        "concentration": concentration(votes) if isinstance(votes, Comparisons) else None,
        "first_place": first_place(inside, names),
    }
    answers = {name: asdict(one) if is_dataclass(one) else None for name, one in found.items()}
    boards = [asdict(one) for one in tie_conventions(inside, names, scale)]
    return {**answers, "tie_convention": {board.pop("name"): board for board in boards}}
