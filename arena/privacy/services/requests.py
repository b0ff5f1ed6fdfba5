"""Requests for erasure that reach the operator."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from arena.battles.models import Battle
from arena.battles.states import ErasureReason
from arena.privacy.services.erasing import erase_battles


def erase_on_request(*, battles: Sequence[Battle], account: int) -> int:
    """Erase the content of battles for an operator and write into the operator's log which ones,
    those whose content went before aside; return how many had any. Locks what ``erase_battles``
    locks.
    """
    keys = [battle.pk for battle in battles]
    due = list(Battle.objects.filter(pk__in=keys, erased_at=None).values_list("pk", flat=True))
    count = erase_battles(battles=due, reason=ErasureReason.OPERATOR)
    with transaction.atomic():
        rows = Battle.objects.filter(pk__in=due)
        LogEntry.objects.log_actions(account, rows, CHANGE, "Erased the content.")
    return count
