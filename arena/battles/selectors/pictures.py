"""Reading pictures: their bytes, and which of them nobody needs any more."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from arena.battles.models import BlurredRegions, FurtherImage, Image, Turn
from arena.battles.states import OPEN_STATES, BattleState
from arena.core.errors import NotFound
from arena.core.faces import FacesUnknown, Region, around_face, as_region, without_regions

log = logging.getLogger(__name__)

Regions = tuple[Region, ...]


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


def own_regions(battles: Collection[int]) -> dict[tuple[int, str], Regions]:
    """Return the regions that voters blur in the pictures of their battles, by the battle's key and
    the picture's digest; nothing stands for a picture without any."""
    rows = BlurredRegions.objects.filter(battle__in=battles)
    found = rows.values_list("battle", "digest", "regions")
    return {(battle, digest): tuple(map(as_region, own)) for battle, digest, own in found if own}


def regions_in(battle: int, image: Image) -> Regions:
    """Return the regions that a battle's voter blurs in one of its pictures."""
    return own_regions([battle]).get((battle, image.digest), ())


def marked_regions(digest: str) -> Regions:
    """Return the regions that an operator blurs in a picture wherever it is published."""
    marked = Image.objects.filter(pk=digest).values_list("marked", flat=True).first()
    return tuple(map(as_region, marked or ()))


def hidden_regions(image: Image, own: Regions = ()) -> Regions:
    """Return all regions of a picture that nobody sees where it is published: those that the voter
    of a battle blurs, ``own``, those that an operator has marked and, where faces are blurred, the
    faces. Raises FacesUnknown for a picture that nobody has looked at.
    """
    if settings.BLUR_FACES and image.faces is None:
        raise FacesUnknown
    faces = image.faces if settings.BLUR_FACES else ()
    marked = map(as_region, image.marked or ())
    return (*(around_face(as_region(face)) for face in faces), *marked, *own)


def public_bytes(image: Image, own: Regions = ()) -> bytes:
    """Return what is published of a picture in a battle whose voter blurs these regions in it; the
    one function by which a picture becomes public.

    Raises PictureRemoved, and FacesUnknown as ``hidden_regions`` does.
    """
    return without_regions(picture_bytes(image), hidden_regions(image, own))


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
