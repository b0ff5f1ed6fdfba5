"""Give a battle a public page, and take the page away again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from arena.battles.selectors import reading
from arena.core.errors import Conflict
from arena.orchestration.services.rows import lock_battle
from arena.reveal.models import SharedBattle
from arena.reveal.selectors.sharing import may_be_shared

WORDING = "2026-11"
"""The version of the sentence beside the button that asks for consent."""


class NotShareable(Conflict):
    """Something of the battle is gone, or may not be published."""

    code = "not_shareable"
    message = _("This battle can't be shared: a part of it is gone, or may not be published.")


@transaction.atomic
def share_battle(*, voter: UUID | None, public_id: str) -> str:
    """Make a public page of a battle with this voter's vote; return its token, the same each time.

    Locks the battle's row, as its erasure does. Raises NotFound without such a vote, and
    NotShareable.
    """
    battle = lock_battle(reading.own_vote(voter, public_id).battle_id)
    if not may_be_shared(battle):
        raise NotShareable
    shared, _created = SharedBattle.objects.get_or_create(
        battle=battle, defaults={"wording": WORDING}
    )
    return shared.token


def unshare_battle(*, voter: UUID | None, public_id: str) -> None:
    """Take the public page away; a later one has another address. Raises NotFound."""
    SharedBattle.objects.filter(battle=reading.own_vote(voter, public_id).battle).delete()
