"""Versions that stand for models as a source of imported votes had them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from arena.catalog.models import ModelVersion
from arena.catalog.states import ProbeResult
from arena.ledger.selectors.events import IMPORTED

NOTE = "Imported: it can't answer."


def imported_versions(source: str, cards: Iterable[int]) -> dict[int, int]:
    """Return by card the version that its votes from this source name; make those missing.

    What answered elsewhere is not what answers here under the same card, so its votes are not those
    of any version here. It can never be drawn. To be called under the ledger's lock.
    """
    wanted = set(cards)
    rows = ModelVersion.objects.filter(backend=IMPORTED, source=source, card__in=wanted)
    found = dict(rows.order_by("-number").values_list("card", "pk"))
    for card in sorted(wanted - found.keys()):
        newest = ModelVersion.objects.filter(card=card).aggregate(newest=Max("number"))["newest"]
        found[card] = ModelVersion.objects.create(
            card_id=card,
            number=(newest or 0) + 1,
            backend=IMPORTED,
            source=source,
            probe=ProbeResult.FAILED,
            probe_note=NOTE,
        ).pk
    return found
