"""A change of the consent to publication."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from arena.battles.models import Battle
from arena.battles.states import BattleMode
from arena.privacy.services.retention import look_again
from arena.voters.models import Voter
from arena.voters.services import CONSENT_VERSION, record_consent


@transaction.atomic
def change_consent(*, voter: UUID, publish: bool, battles: Collection[int] | None = None) -> int:
    """Say whether a voter's battles may be published; return how many changed.

    ``battles`` are keys of blind battles of this voter, others are passed over; None stands for
    all of them, and for the later ones. A withdrawal holds from the next export on, and lets the
    retention task look at these battles again. Locks nothing before it writes.
    """
    blind = Battle.objects.filter(voter=voter, mode=BattleMode.BLIND, erased_at=None)
    rows = blind.exclude(publish=publish)
    if battles is None:
        for row in Voter.objects.select_for_update().filter(pk=voter):
            record_consent(row, publish=publish)
    else:
        rows = rows.filter(pk__in=battles)
    first = rows.order_by("pk").values_list("pk", flat=True).first()
    if first is not None and not publish:
        look_again(first)
    return rows.update(publish=publish, consent_version=CONSENT_VERSION, consent_at=timezone.now())
