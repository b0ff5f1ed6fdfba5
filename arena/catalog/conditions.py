"""What every battle may ask for, held against what was measured of a version.

A version of which nothing is known is taken to meet the conditions: a failure of it in a battle is
seen like any other. One that was found to take less, or that says so in its options, does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings

from arena.catalog.models import ModelVersion
from inference_worker.wire import endpoint_options, model_options
from inference_worker.wire.endpoint_options import MalformedOptions


def shortfall(version: ModelVersion, findings: Sequence[Sequence[Any]]) -> str:
    """Return what the version lacks to meet the arena's conditions: ``turns``, ``pictures``,
    ``pixels``, or nothing. ``findings`` are those of its newest probe that passed."""
    found = {row[0]: (row[1], *row[2:3], None)[:2] for row in findings}
    most_turns: int | None = None
    most_pictures: int | None = None
    with suppress(MalformedOptions):
        if version.base_url:
            most_pictures = endpoint_options.parse(version.options).max_images
        else:
            own = model_options.parse(version.options)
            most_turns, most_pictures = own.max_turns, own.max_images
    if settings.BATTLE_TURNS > 1 and found.get("turns", ("", None))[0] == "no":
        return "turns"
    if most_turns is not None and most_turns < settings.BATTLE_TURNS:
        return "turns"
    asked = max(settings.TURN_IMAGES, settings.BATTLE_IMAGES)
    verdict, taken = found.get("pictures", ("", None))
    if verdict == "no" and asked > 1 and taken == 1:
        return "pictures"
    if most_pictures is not None and most_pictures < asked:
        return "pictures"
    # Every battle may have a picture of the largest size that the arena stores.
    return "pixels" if found.get("pixels", ("", None))[0] == "no" else ""
