"""Bradley-Terry: Firth's penalty, leverage-corrected or voter-clustered errors, thin-model guard.

Both kinds of tie are half a win for each side. Boards of categories can be pooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from arena.rating.board import connect_models
from arena.rating.categories import DEVIATION_DETAIL, fit_categories, fit_pooled
from arena.rating.clusters import ERROR_DETAILS
from arena.rating.comparisons import Comparisons, PairCounts
from arena.rating.descriptions import MethodDescription, MethodOption, gettext_noop
from arena.rating.fit import STANDARD_SCALE, RatingFit, RatingScale
from arena.rating.inference import fit_connected
from arena.rating.strengths import rate_connected
from arena.rating.vote_sums import sum_votes

__all__ = ["DESCRIPTION", "NEEDS_ROWS", "VERSION", "fit", "fit_categories", "fit_pooled"]

NEEDS_ROWS = False
VERSION = 3
WALD_UNTIL = 2
"""The last version that judged all differences by their standard errors."""
Penalty = Literal["firth", "none"]

DESCRIPTION = MethodDescription(
    title=gettext_noop("Bradley-Terry"),
    summary=gettext_noop("By the strengths that explain all votes together best."),
    ties=gettext_noop("Both kinds of tie count as half a win for each side."),
    interval="votes",
    details=(*ERROR_DETAILS, DEVIATION_DETAIL),
    options=(
        MethodOption(
            "penalty",
            "firth",
            gettext_noop(
                "firth rates perfect records, too; none gives numbers only to models that took "
                "points from others and left points to them"
            ),
            choices=get_args(Penalty),
        ),
    ),
    pooled_options=(
        MethodOption(
            "deviation",
            None,
            gettext_noop(
                "how far categories lie from all votes, in points; estimated from the votes "
                "unless it is set"
            ),
        ),
    ),
)


def fit(
    votes: PairCounts | Comparisons,
    *,
    models: Sequence[str],
    scale: RatingScale = STANDARD_SCALE,
    seed: int = 0,
    min_votes: int = 1,
    version: int = VERSION,
    penalty: Penalty = "firth",
) -> RatingFit:
    """Return the board of the connected models; `intervals` and `clusters` say what its errors are.

    Without the penalty only models within reach of a finite optimum get numbers: those that
    both took points from and left points to the rest. `details["thin"]` names the models with too
    few upsets to fix the level by. `seed` starts the random numbers behind the ranks.
    Raises ValueError on an unknown penalty, a wrong number of names or an unknown anchor.
    """
    if penalty not in get_args(Penalty):
        raise ValueError(f"penalty {penalty!r} is none of {', '.join(get_args(Penalty))}")
    base = connect_models(votes, models, scale, strongly=penalty == "none", version=version)
    firth = penalty == "firth"
    tested = firth and version > WALD_UNTIL
    return fit_connected(
        "bradley_terry",
        base,
        lambda: rate_connected(sum_votes(votes, base), base, firth=firth, tested=tested),
        scale=scale,
        seed=seed,
        min_votes=min_votes,
        details={"penalty": penalty},
    )
