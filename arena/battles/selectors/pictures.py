"""Reading pictures: their bytes, and which of them nobody needs any more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from arena.battles.models import FurtherImage, Image, Turn
from arena.battles.states import OPEN_STATES, BattleState
from arena.core.errors import NotFound
from arena.core.faces import FacesUnknown, without_faces

log = logging.getLogger(__name__)


class PictureRemoved(NotFound):
    """The picture of a battle without a vote was collected."""

    status = 410
    code = "picture_removed"
    message = _("The picture was removed: pictures of battles without a vote are kept for a while.")


def picture_bytes(image: Image) -> bytes:
    """Return the file's bytes. Raises PictureRemoved."""
    try:
        if image.removed_at is None:
            with image.file.open("rb") as file:
                return bytes(file.read())
    except FileNotFoundError:
        log.warning("the file of picture %s is gone", image)
    raise PictureRemoved


def public_bytes(image: Image) -> bytes:
    """Return what is published of a picture: where it says so, the picture without its faces.

    Raises PictureRemoved, and FacesUnknown for one that nobody has looked at.
    """
    data = picture_bytes(image)
    if not settings.BLUR_FACES:
        return data
    if image.faces is None:
        raise FacesUnknown
    return without_faces(data, image.faces)


def unvoted_images(before: datetime) -> QuerySet[Image]:
    """Stored pictures, older than that, on which no vote is known to rest; the oldest first, as
    their index has them.
    """
    rows = Image.objects.filter(removed_at__isnull=True, kept=False, created_at__lt=before)
    return rows.order_by("created_at")


def unneeded_images(before: datetime) -> QuerySet[Image]:
    """Return the images of which no battle has a vote, can still get one, or is young."""
    states = [*OPEN_STATES, BattleState.VOTED]
    needed = Q(battle__state__in=states) | Q(battle__created_at__gte=before)
    needed_further = Q(turn__battle__state__in=states) | Q(turn__battle__created_at__gte=before)
    first = Turn.objects.filter(needed, image=OuterRef("pk"))
    further = FurtherImage.objects.filter(needed_further, image=OuterRef("pk"))
    return unvoted_images(before).exclude(Exists(first)).exclude(Exists(further))


def voted_images(before: datetime) -> QuerySet[Image]:
    """Return the images of which a battle has a vote."""
    first = Turn.objects.filter(image=OuterRef("pk"), battle__state=BattleState.VOTED)
    further = FurtherImage.objects.filter(
        image=OuterRef("pk"), turn__battle__state=BattleState.VOTED
    )
    return unvoted_images(before).filter(Exists(first) | Exists(further))


def stored_digests(digests: Sequence[str]) -> set[str]:
    """Return those of the digests for which there is a picture with a file."""
    rows = Image.objects.filter(pk__in=digests, removed_at__isnull=True)
    return set(rows.values_list("pk", flat=True))
