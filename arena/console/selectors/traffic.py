"""Battles, votes and answers of the last day, counted among the newest rows alone.

Rows are looked up by their keys, which grow with time, so that no index by time is kept up on the
path of a vote. Of an arena with more rows a day than ``STRETCH`` the page says how far it looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Model
from django.db.models.functions import TruncHour
from django.utils import timezone

from arena.battles.models import Battle, Generation, Vote
from arena.battles.states import BattleMode, GenerationState
from arena.catalog.models import ModelCard

STRETCH = 100_000
HOURS = 24
_FULL = 100.0


@dataclass(frozen=True, slots=True)
class HourTraffic:
    """The battles and votes of an hour, with the bars that show them in a box of 100 by 100.

    Strings, because a localised number is no coordinate.
    """

    hour: datetime
    battles: int
    votes: int
    x: str
    width: str
    battle_top: str
    battle_height: str
    vote_x: str
    vote_width: str
    vote_top: str
    vote_height: str


@dataclass(frozen=True, slots=True)
class DayTraffic:
    """The last hours, the oldest first; ``is_whole`` unless there were more rows than are read."""

    hours: list[HourTraffic]
    is_whole: bool

    @property
    def battles(self) -> int:
        """Return the battles of all these hours."""
        return sum(hour.battles for hour in self.hours)

    @property
    def votes(self) -> int:
        """Return the votes of all these hours."""
        return sum(hour.votes for hour in self.hours)

    @property
    def most(self) -> int:
        """Return the most that an hour had of either, which is the height of the plot."""
        return max(max(hour.battles, hour.votes) for hour in self.hours)


@dataclass(frozen=True, slots=True)
class CardOutcomes:
    """Counts of how the answers of a card ended within the last day; ``name`` is marked where the
    card is unlisted."""

    card: int
    name: str
    ended: int
    failed: int
    stopped: int
    seconds: float | None
    """The mean time of an answer that ended well."""

    @property
    def share(self) -> float | None:
        """Return which percentage of the answers that ended or failed has ended well."""
        tried = self.ended + self.failed
        return 100 * self.ended / tried if tried else None

    @property
    def bar(self) -> str:
        """Return that percentage as the length of a bar."""
        return f"{self.share or 0:.1f}"


def day_traffic(now: datetime) -> DayTraffic:
    """Return blind battles and votes per hour. Six queries, whatever there is."""
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    battles, all_battles = _per_hour(Battle, since, mode=BattleMode.BLIND)
    votes, all_votes = _per_hour(Vote, since)
    most = max([1, *battles.values(), *votes.values()])
    hours: list[HourTraffic] = []
    for place in range(HOURS):
        hour = since + timedelta(hours=place)
        cast, begun = votes.get(hour, 0), battles.get(hour, 0)
        width = _FULL / HOURS
        high, low = _FULL * begun / most, _FULL * cast / most
        hours.append(
            HourTraffic(
                hour=hour,
                battles=begun,
                votes=cast,
                x=f"{place * width + width * 0.1:.2f}",
                width=f"{width * 0.8:.2f}",
                battle_top=f"{_FULL - high:.2f}",
                battle_height=f"{high:.2f}",
                vote_x=f"{place * width + width * 0.3:.2f}",
                vote_width=f"{width * 0.4:.2f}",
                vote_top=f"{_FULL - low:.2f}",
                vote_height=f"{low:.2f}",
            )
        )
    return DayTraffic(hours, all_battles and all_votes)


def _per_hour(model: type[Model], since: datetime, **only: str) -> tuple[dict[datetime, int], bool]:
    """Return the rows of each hour, and whether all of them were looked at."""
    behind = _stretch_begin(model)
    rows = model._base_manager.filter(pk__gt=behind, created_at__gte=since, **only).order_by()
    counts = rows.annotate(hour=TruncHour("created_at")).values_list("hour").annotate(Count("pk"))
    earlier = model._base_manager.filter(pk__lte=behind).order_by("-pk")
    last = earlier.values_list("created_at", flat=True).first()
    return dict(counts), last is None or last < since


def _stretch_begin(model: type[Model]) -> int:
    """Return the key behind which the rows are looked at."""
    newest = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    return (newest or 0) - STRETCH


def card_outcomes(now: datetime) -> list[CardOutcomes]:
    """Return how answers ended by card, the most failures first. Three queries."""
    rows = Generation.objects.filter(
        pk__gt=_stretch_begin(Generation), ended_at__gte=now - timedelta(hours=HOURS)
    ).order_by()
    counted = rows.values_list("version__card", "state").annotate(Count("pk"), Avg("total_ms"))
    ends: dict[int, dict[str, Any]] = {}
    for key, state, count, milliseconds in counted:
        ends.setdefault(key, {})[state] = (count, milliseconds)
    cards = ModelCard.objects.in_bulk(ends)
    found = []
    for key, states in ends.items():
        counts = {state: states.get(state, (0, 0.0)) for state in GenerationState}
        ended, milliseconds = counts[GenerationState.ENDED]
        found.append(
            CardOutcomes(
                card=key,
                name=cards[key].marked_name,
                ended=ended,
                failed=counts[GenerationState.FAILED][0],
                stopped=counts[GenerationState.STOPPED][0],
                seconds=milliseconds / 1000 if ended else None,
            )
        )
    return sorted(found, key=lambda row: (-row.failed, -row.ended, row.name))


def votes_a_day() -> int:
    """Return how many votes were cast within the last day, as far as they are looked at."""
    rows = Vote.objects.filter(
        pk__gt=_stretch_begin(Vote), created_at__gte=timezone.now() - timedelta(days=1)
    )
    return rows.count()
