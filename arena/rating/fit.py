"""The answer of every method: one row per model, and the numbers behind the rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from arena.rating.comparisons import Floats

RatingState = Literal["rated", "too_few_votes", "not_connected"]
RATED: Final = "rated"
TOO_FEW_VOTES: Final = "too_few_votes"
NOT_CONNECTED: Final = "not_connected"
# What an interval rests on: votes as if independent, whole voters, votes at equal style, or a
# category's votes together with the overall board.
IntervalBasis = Literal["votes", "voters", "style", "pooled"]


@dataclass(frozen=True, slots=True)
class RatingScale:
    """The way from natural-log strengths to the numbers that people read.

    rating = centre + spread * log10(odds). With 400 a lead of 400 points means 10 : 1, as in
    chess (Elo, The Rating of Chessplayers, 1978). Only differences are determined by votes; the
    level is a convention: `anchor` names the model that stands at `centre`, None lets a mean of
    all connected models stand there (`arena.rating.level`).
    """

    spread: float = 400.0
    centre: float = 1000.0
    anchor: str | None = None

    @property
    def per_nat(self) -> float:
        """Points per unit of natural-log odds."""
        return self.spread / math.log(10.0)


STANDARD_SCALE = RatingScale()


@dataclass(frozen=True, slots=True)
class RatingRow:
    """The line of a model on the board; it has no numbers unless its state is `rated`.

    `rank_lower` is the best rank that the votes still allow, `rank_upper` the worst. Models of
    one `tier` are not confirmed above each other.
    `win_rate` counts a tie of either kind as half a win. `borrowed` is the share of the rating
    that comes from the overall board, None if a board uses only its own votes. `interval` says what
    the interval rests on.
    """

    model: str
    state: RatingState
    votes: int
    wins: int
    win_rate: float | None = None
    rating: float | None = None
    rating_lower: float | None = None
    rating_upper: float | None = None
    rank: int | None = None
    rank_lower: int | None = None
    rank_upper: int | None = None
    tier: int | None = None
    borrowed: float | None = None
    interval: IntervalBasis | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class RatingFit:
    """Rows best first (those without numbers last, by name) and what stands behind them.

    `theta` [M] and its `covariance` [M, M] are in natural-log odds, indexed like `models`, nan
    for a model without a number. `zero` [M] are the weights of the mean that stands at the centre
    of the scale, so that known strengths can be laid beside the ratings. `above[i, j]`: i is
    confirmed above j, board-wide at 95%.
    `details` holds JSON-ready facts of the method.
    """

    method: str
    models: tuple[str, ...]
    scale: RatingScale
    rows: tuple[RatingRow, ...]
    theta: Floats
    covariance: Floats
    zero: Floats
    above: NDArray[np.bool_]
    details: Mapping[str, Any] = field(default_factory=dict)
