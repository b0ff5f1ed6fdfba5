"""Pictures of battles that may be published: their digests, and in which regions are blurred."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from arena.battles.models import BlurredRegions, FurtherImage, Image, Turn
from arena.battles.selectors.pictures import Regions, own_regions
from arena.datasets.selectors.battles import PAGE, PICTURES, public_image, publishable
from arena.ledger.models import LedgerEntry


def unseen_pictures(upto: int) -> list[Image]:
    """Return the pictures of battles that may be published in which nobody has looked for faces."""
    battles = publishable(0, upto).values("vote__battle")
    first = Turn.objects.filter(battle__in=battles).values("image")
    further = FurtherImage.objects.filter(turn__battle__in=battles).values("image")
    return list(Image.objects.filter(Q(pk__in=first) | Q(pk__in=further), faces__isnull=True))


def published_digests(upto: int) -> Iterator[str]:
    """Yield the digest of each picture as it is published of a battle that may be."""
    battles = publishable(0, upto).values("vote__battle")
    own = BlurredRegions.objects.filter(digest=OuterRef("image"))
    first = Turn.objects.filter(
        ~Exists(own.filter(battle=OuterRef("battle"))),
        battle__in=battles,
        image__marked_at__isnull=True,
        image__isnull=False,
    )
    further = FurtherImage.objects.filter(
        ~Exists(own.filter(battle=OuterRef("turn__battle"))),
        turn__battle__in=battles,
        image__marked_at__isnull=True,
    )
    digest = "image__public_digest" if settings.BLUR_FACES else "image"
    rows = first.order_by().values_list(digest, flat=True)
    yield from rows.union(further.order_by().values_list(digest, flat=True)).iterator()
    read = lru_cache(maxsize=PICTURES)(public_image)
    for _number, pictures in _with_regions(upto):
        found = [read(image, regions) for image, regions in pictures]
        yield from (image.sha256 for image in found if image is not None)


def region_marks(upto: int) -> dict[int, str]:
    """Return a mark of the regions that are blurred by hand in the pictures of each battle that
    may be published and has such regions, by its ledger number."""
    found = {}
    for number, pictures in _with_regions(upto):
        facts = [(image.marked or (), own) for image, own in pictures]
        if any(marked or own for marked, own in facts):
            found[number] = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return found


def region_changes(upto: int) -> str:
    """Return a mark of when regions were last changed: those of voters in battles that may be
    published, and those of operators in any picture.

    An export for which it is the same at its end as at its start has read each picture with the
    regions of its end: a region that was removed and drawn again has another time.
    """
    battles = publishable(0, upto).values("vote__battle")
    own = BlurredRegions.objects.filter(battle__in=battles).order_by("pk")
    marked = Image.objects.filter(marked_at__isnull=False).order_by("pk")
    found = hashlib.sha256()
    for rows in (own.values_list("pk", "changed_at"), marked.values_list("pk", "marked_at")):
        for row in rows.iterator():
            found.update(repr(row).encode())
    return found.hexdigest()


def _with_regions(upto: int) -> Iterator[tuple[int, list[tuple[Image, Regions]]]]:
    """Yield the ledger number of each such battle with its pictures, and what their voter blurs in
    them."""
    further = Prefetch("further", FurtherImage.objects.select_related("image"))
    entries, after = _entries(upto), 0
    while page := list(entries.filter(number__gt=after)[:PAGE]):
        numbers = {battle: number for number, battle in page}
        own = own_regions(numbers)
        turns = Turn.objects.filter(battle__in=numbers).select_related("image")
        pictures: dict[int, list[tuple[Image, Regions]]] = {number: [] for number, _ in page}
        for turn in turns.prefetch_related(further).order_by("battle", "number"):
            found = [(one, own.get((turn.battle_id, one.digest), ())) for one in turn.images]
            pictures[numbers[turn.battle_id]] += found
        yield from pictures.items()
        after = page[-1][0]


def _entries(upto: int) -> QuerySet[LedgerEntry, tuple[int, int]]:
    marked = Image.objects.filter(marked_at__isnull=False)
    battle = Q(vote__battle__in=BlurredRegions.objects.values("battle"))
    battle |= Q(vote__battle__in=Turn.objects.filter(image__in=marked).values("battle"))
    further = FurtherImage.objects.filter(image__in=marked).values("turn__battle")
    rows = publishable(0, upto).filter(battle | Q(vote__battle__in=further)).order_by("number")
    return rows.values_list("number", "vote__battle")
