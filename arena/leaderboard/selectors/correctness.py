"""The table of models by how often voters judged their answers to be right."""

from __future__ import annotations

from dataclasses import dataclass

from arena.catalog.models import ModelCard
from arena.catalog.selectors import public_cards
from arena.feedback.selectors import CorrectnessScore, correctness_scores
from arena.leaderboard.selectors.plot import IntervalMark, PlotAxis

AXIS = PlotAxis(0, 100)


@dataclass(frozen=True, slots=True)
class CorrectnessRow:
    """A model's judgements. ``percent`` and ``mark`` are None where nobody could tell."""

    card: ModelCard
    score: CorrectnessScore
    percent: int | None
    interval: str
    mark: IntervalMark | None


@dataclass(frozen=True, slots=True)
class CorrectnessPage:
    """The rows, the best share first."""

    rows: list[CorrectnessRow]
    ticks: list[tuple[str, str]]

    @property
    def judged(self) -> int:
        """Return how many answers were judged."""
        return sum(row.score.judged for row in self.rows)


def correctness_page() -> CorrectnessPage:
    """Return the table of all public models with a judgement. Two queries."""
    scores = correctness_scores()
    keys = [score.card for score in scores]
    cards = public_cards().in_bulk(keys)
    rows: list[CorrectnessRow] = []
    for score in scores:
        if score.card in cards:
            card = cards[score.card]
            if score.share is None or score.interval is None:
                rows.append(CorrectnessRow(card, score, None, "", None))
            else:
                low, high = (100 * end for end in score.interval)
                middle = 100 * score.share
                mark = IntervalMark(AXIS.place(low), AXIS.place(middle), AXIS.place(high))
                rows.append(
                    CorrectnessRow(card, score, round(middle), f"{low:.0f} – {high:.0f}", mark)
                )
    return CorrectnessPage(rows, AXIS.ticks)
