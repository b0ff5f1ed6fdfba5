"""Which votes a board counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

from arena.core.errors import NotFound
from arena.labels.models import LabelSet
from arena.rating.recipes import takes_source


@dataclass(frozen=True, slots=True)
class VoteFilter:
    """A choice of votes. The default counts all; ``since`` is the first UTC day that counts.

    ``group`` chooses votes by what voters said of themselves: those of one answer, such as
    ``profession=teaching``, or of all who answered a question. Counts know no voters, so only
    single votes can be chosen by it. ``source`` chooses the imported votes of one source; without
    it those of sources with a board of their own are left out. ``by_voter`` chooses no votes: it
    says that the errors are those of whole voters.
    """

    category: str = ""
    language: str = ""
    since: date | None = None
    without_presets: bool = False
    by_voter: bool = False
    source: str = ""
    group: str = ""

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        """Return the filter that ``as_dict`` made this of."""
        since = stored.get("since")
        return cls(**{**stored, "since": date.fromisoformat(since) if since else None})

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that differ from the default, ready for JSON."""
        chosen = {name: value for name, value in asdict(self).items() if value}
        return {**chosen, "since": self.since.isoformat()} if self.since else chosen

    @property
    def of_votes(self) -> VoteFilter:
        """Return the same choice of votes, whatever the errors rest on."""
        return replace(self, by_voter=False)

    @property
    def takes_all(self) -> bool:
        """Return whether every vote counts, so that the all-time totals say it."""
        return self.of_votes == EVERY_VOTE

    def check_countable(self) -> None:
        """Raise NotFound for a filter by what voters said of themselves.

        No count of pairs is made of a group: its cells would be about fewer than ten people.
        """
        if self.group:
            raise NotFound

    def takes_source(self, source: str) -> bool:
        """Return whether votes of this source may count; those cast here have an empty one."""
        return takes_source(self.source, source)

    def takes(self, labels: LabelSet, day: date) -> bool:
        """Return whether a vote of that day under these labels counts, whatever its source."""
        return (
            (self.since is None or day >= self.since)
            and self.category in ("", labels.category)
            and self.language in ("", labels.language)
            and not (self.without_presets and labels.preset)
        )

    def kin(self) -> list[VoteFilter]:
        """Return the filters of all categories or languages for that of one alone."""
        if self.category and self.of_votes == VoteFilter(category=self.category):
            return [VoteFilter(category=one) for one in _occurring("category")]
        if self.language and self.of_votes == VoteFilter(language=self.language):
            return [VoteFilter(language=one) for one in _occurring("language")]
        return []


EVERY_VOTE = VoteFilter()


def _occurring(name: str) -> list[str]:
    rows = LabelSet.objects.exclude(**{name: ""}).order_by(name)
    return list(rows.values_list(name, flat=True).distinct())


def label_sets() -> dict[int, LabelSet]:
    """Return all label sets by key: a table of tens of rows."""
    return LabelSet.objects.in_bulk()
