"""Regions of pictures that an operator blurs, with an entry in the operator's log."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from arena.battles.models import Battle, Image
from arena.core.faces import Region
from arena.orchestration.services.regions import blur_everywhere


@transaction.atomic
def blur_for_operator(
    *, battle: Battle, image: Image, account: int, regions: Sequence[Region], seen: str
) -> None:
    """Store which regions of a battle's picture are blurred wherever the picture is published, and
    write into the operator's log at which battle that was. Locks and raises what
    ``blur_everywhere`` does.
    """
    blur_everywhere(digest=image.digest, regions=regions, seen=seen)
    rows = Battle.objects.filter(pk=battle.pk)
    said = f"Blurred {len(regions)} regions of the picture {image}."
    LogEntry.objects.log_actions(account, rows, CHANGE, said)
