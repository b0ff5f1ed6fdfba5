"""Which votes a board counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

from arena.labels.models import LabelSet
from arena.leaderboard.models import Board


@dataclass(frozen=True, slots=True)
class Filter:
    """The default counts every vote. ``since`` is the first UTC day that counts.

    ``by_voter`` chooses no votes: it says that the errors are those of whole voters.
    """

    category: str = ""
    language: str = ""
    since: date | None = None
    without_presets: bool = False
    by_voter: bool = False

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Back from ``as_dict``."""
        since = stored.get("since")
        return cls(**{**stored, "since": date.fromisoformat(since) if since else None})

    @classmethod
    def of_board(cls, board: Board, today: date) -> Self:
        """What the board counts on this UTC day; today is the last of its days."""
        since = today - timedelta(days=board.days - 1) if board.days else None
        names = ("category", "language", "without_presets", "by_voter")
        return cls(since=since, **{name: getattr(board, name) for name in names})

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without what is left at its default."""
        chosen = {name: value for name, value in asdict(self).items() if value}
        return {**chosen, "since": self.since.isoformat()} if self.since else chosen

    @property
    def of_votes(self) -> Filter:
        """The same choice of votes, whatever the errors rest on."""
        return replace(self, by_voter=False)

    @property
    def takes_all(self) -> bool:
        """Whether every vote counts, so that the all-time totals say it."""
        return self.of_votes == EVERY_VOTE

    def takes(self, labels: LabelSet, day: date) -> bool:
        """Whether a vote of that day under these labels counts."""
        return (
            (self.since is None or day >= self.since)
            and self.category in ("", labels.category)
            and self.language in ("", labels.language)
            and not (self.without_presets and labels.preset)
        )

    def kin(self) -> list[Filter]:
        """Of a category alone, all categories that occur; of a language alone, all languages."""
        if self.category and self.of_votes == Filter(category=self.category):
            return [Filter(category=one) for one in _occurring("category")]
        if self.language and self.of_votes == Filter(language=self.language):
            return [Filter(language=one) for one in _occurring("language")]
        return []


EVERY_VOTE = Filter()


def _occurring(name: str) -> list[str]:
    rows = LabelSet.objects.exclude(**{name: ""}).order_by(name)
    return list(rows.values_list(name, flat=True).distinct())


def label_sets() -> dict[int, LabelSet]:
    """All of them by id: a table of tens of rows."""
    return LabelSet.objects.in_bulk()
