"""The end of the time of what is stored about people, as the register has it.

Battles go in windows of their keys, and a mark says how far they were looked at, so that a run
takes the same memory for a thousand battles and for a million.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from arena.battles.models import Battle
from arena.battles.states import BattleState, ErasureReason
from arena.demographics.services import forget_absent_voters
from arena.privacy.models import RetentionMark
from arena.privacy.register import TimedColumn, timed_columns
from arena.privacy.services.erasing import erase_battles

WINDOW = 2_000
"""Battles that are looked at together."""
ROWS = 1_000
"""Rows of other tables that are emptied together."""


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """The result of a run: battles that were looked at and erased, texts emptied, sessions gone."""

    looked_at: int
    erased: int
    emptied: int


class BattleStamp(NamedTuple):
    """The facts by which a battle is kept or erased."""

    key: int
    publish: bool
    state: str
    erased_at: datetime | None
    created_at: datetime

    @property
    def is_due(self) -> bool:
        """Return whether the battle loses its content; one that is erased has none to lose."""
        published = self.publish and self.state == BattleState.VOTED
        return not published and self.erased_at is None


def retain(*, seconds: float = 5.0) -> RetentionRun:
    """Erase and empty what has had its time, for so many seconds; the next run goes on.

    The mark moves when a window is done, so that a run that is killed loses nothing. A run that
    finds the mark moved meanwhile, by another run or by a withdrawal, stops. Locks what
    ``erase_battles`` locks.
    """
    end = time.monotonic() + seconds
    emptied = sum(empty_column(column) for column in timed_columns()) + forget_absent_voters()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    looked_at = erased = 0
    mark = RetentionMark.objects.get_or_create(pk=1)[0].battle
    while (window := next_window(mark)) and time.monotonic() < end:
        due = [one.key for one in window if one.is_due]
        erased += erase_battles(battles=due, reason=ErasureReason.RETENTION)
        looked_at += len(window)
        if not RetentionMark.objects.filter(battle=mark).update(battle=window[-1].key):
            break
        mark = window[-1].key
    return RetentionRun(looked_at, erased, emptied)


def look_again(battle: int) -> None:
    """Let the next run begin no later than at this battle."""
    RetentionMark.objects.filter(battle__gte=battle).update(battle=battle - 1)


def next_window(mark: int) -> list[BattleStamp]:
    """Return the next battles that are old enough: those whose key follows the mark."""
    before = timezone.now() - timedelta(days=settings.CONTENT_DAYS)
    rows = Battle.objects.filter(pk__gt=mark).order_by("pk")
    found = rows.values_list("pk", "publish", "state", "erased_at", "created_at")[:WINDOW]
    return [BattleStamp(*row) for row in takewhile(lambda row: row[-1] < before, found)]


def empty_column(column: TimedColumn) -> int:
    before = timezone.now() - timedelta(days=getattr(settings, column.setting))
    rows = column.table._base_manager.exclude(**{column.name: ""})
    due = rows.filter(**{f"{column.since}__lt": before}).order_by("pk")
    count = 0
    while keys := list(due.values_list("pk", flat=True)[:ROWS]):
        count += column.table._base_manager.filter(pk__in=keys).update(**{column.name: ""})
    return count
