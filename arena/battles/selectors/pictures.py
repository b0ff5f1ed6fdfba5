"""Reading pictures: their bytes, and which of them nobody needs any more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Image, Turn
from arena.battles.states import OPEN_STATES, BattleState
from arena.core.errors import NotFound

log = logging.getLogger(__name__)


class PictureRemoved(NotFound):
    """The picture of a battle without a vote was collected."""

    status = 410
    code = "picture_removed"
    message = _("The picture was removed: pictures of battles without a vote are kept for a while.")


def picture_bytes(image: Image) -> bytes:
    """Raises PictureRemoved."""
    try:
        if image.removed_at is None:
            with image.file.open("rb") as file:
                return bytes(file.read())
    except FileNotFoundError:
        log.warning("the file of picture %s is gone", image)
    raise PictureRemoved


def unvoted_images(before: datetime) -> QuerySet[Image]:
    """Stored pictures, older than that, on which no vote is known to rest; the oldest first, as
    their index has them.
    """
    rows = Image.objects.filter(removed_at__isnull=True, kept=False, created_at__lt=before)
    return rows.order_by("created_at")


def unneeded_images(before: datetime) -> QuerySet[Image]:
    """Those of which no battle has a vote, can still get one, or is as young."""
    needed = Turn.objects.filter(image=OuterRef("pk")).filter(
        Q(battle__state__in=[*OPEN_STATES, BattleState.VOTED]) | Q(battle__created_at__gte=before)
    )
    return unvoted_images(before).exclude(Exists(needed))


def voted_images(before: datetime) -> QuerySet[Image]:
    """Those of which a battle has a vote."""
    voted = Turn.objects.filter(image=OuterRef("pk"), battle__state=BattleState.VOTED)
    return unvoted_images(before).filter(Exists(voted))


def stored_digests(digests: Sequence[str]) -> set[str]:
    """Those of the digests that a picture with a file has."""
    rows = Image.objects.filter(pk__in=digests, removed_at__isnull=True)
    return set(rows.values_list("pk", flat=True))
