"""Regions of pictures that are blurred by hand in what is published: a voter's for one battle, an
operator's wherever the picture is published."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, BlurredRegions, Image
from arena.battles.selectors.conversation import image_of
from arena.battles.selectors.pictures import PictureRemoved, Regions
from arena.core.errors import Conflict, DomainError, NotFound
from arena.core.faces import Region, as_region
from arena.orchestration.services.rows import lock_battle

MOST_REGIONS = 60
LEAST_SHARE, LEAST_PIXELS = 0.005, 2
"""A smaller region is widened to so much of a side: what is drawn is never too thin to hide."""


class UnusableRegions(DomainError):
    """Numbers that are no regions of a picture; the message says what is wrong with them."""

    code = "unusable_regions"
    message = _("A region needs four numbers from 0 to 100.")


class RegionsChanged(Conflict):
    """The regions are not those any more that the page had when it was opened."""

    code = "regions_changed"
    message = _(
        "These regions were changed in another window. Both are shown: please look and save again."
    )


def version_of(regions: Any) -> str:
    """Return a mark of stored regions, by which a form says what it was opened on."""
    known = [as_region(region) for region in regions or ()]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


@transaction.atomic
def blur_for_voter(*, battle: Battle, digest: str, regions: Sequence[Region], seen: str) -> None:
    """Store which regions of a picture the battle's voter blurs in what is published of the battle.

    Locks the battle's row, as its erasure does. Raises NotFound for a picture of another battle,
    PictureRemoved, UnusableRegions, and RegionsChanged where ``seen`` is not what is stored.
    """
    battle = lock_battle(battle.pk)
    image = image_of(battle, digest)
    usable = usable_regions(regions, image)
    row = BlurredRegions.objects.filter(battle=battle, digest=image.digest).first()
    if version_of(row and row.regions) != seen:
        raise RegionsChanged
    BlurredRegions.objects.update_or_create(
        battle=battle, digest=image.digest, defaults={"regions": usable}
    )


@transaction.atomic
def blur_everywhere(*, digest: str, regions: Sequence[Region], seen: str) -> None:
    """Store which regions of a picture are blurred wherever it is published, for an operator.

    Locks the picture's row, as its erasure does. Raises what ``blur_for_voter`` raises.
    """
    image = Image.objects.select_for_update().filter(pk=digest).first()
    if image is None:
        raise NotFound
    usable = usable_regions(regions, image)
    if version_of(image.marked) != seen:
        raise RegionsChanged
    Image.objects.filter(pk=image.pk).update(marked=usable, marked_at=timezone.now())


def usable_regions(regions: Sequence[Region], image: Image) -> Regions:
    """Return the regions within the picture, each wide enough to hide something. Raises
    PictureRemoved and UnusableRegions."""
    if image.removed_at is not None:
        raise PictureRemoved
    if len(regions) > MOST_REGIONS:
        raise UnusableRegions(_("A picture can have %(most)d regions.") % {"most": MOST_REGIONS})
    found = []
    for left, top, right, bottom in regions:
        if not all(map(math.isfinite, (left, top, right, bottom))):
            raise UnusableRegions
        x, y = _within(left, right, image.width), _within(top, bottom, image.height)
        found.append((x[0], y[0], x[1], y[1]))
    return tuple(found)


def _within(start: float, end: float, pixels: int) -> tuple[float, float]:
    """Return the part of a side that lies in the picture. Raises UnusableRegions without any."""
    start, end = max(start, 0.0), min(end, 1.0)
    if start >= end:
        raise UnusableRegions(
            _("A region lies outside of the picture, or has no width or height. Nothing was saved.")
        )
    least = min(1.0, max(LEAST_SHARE, LEAST_PIXELS / max(pixels, 1)))
    if end - start < least:
        start = min(max(0.0, (start + end - least) / 2), 1.0 - least)
        end = start + least
    return round(start, 5), round(end, 5)
