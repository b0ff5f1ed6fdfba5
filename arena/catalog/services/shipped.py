"""The models that come with the arena, by the ``arena.json`` beside their weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from django.db import transaction

from arena.catalog import selectors
from arena.catalog.models import ModelCard
from arena.catalog.services.lifecycle import record_change
from arena.catalog.services.versions import VersionSettings, new_version
from arena.catalog.states import CardState, ChangeReason, ProbeResult
from inference_worker.wire.model_options import ModelOptions

SCHEME = "shipped:"
PUBLIC = (
    "name",
    "organization",
    "license",
    "parameters",
    "description",
    "limits",
    "accuracy",
)

Filled = Literal["added", "new version", "unchanged", "not ours", "name taken"]


class MalformedEntry(ValueError):
    """An ``arena.json`` that can't be understood; the message names the file."""


def fill(folder: Path) -> list[tuple[str, Filled]]:
    """Add or update the card of every shipped model below ``folder``. Raises MalformedEntry."""
    files = sorted(folder.glob("*/arena.json"))
    entries = [read_card_file(file) for file in files]
    return [(entry["slug"], fill_card(entry)) for entry in entries]


@transaction.atomic
def fill_card(entry: Mapping[str, Any]) -> Filled:
    card = ModelCard.objects.select_for_update().filter(slug=entry["slug"]).first()
    newest = selectors.newest_version(card) if card else None
    if newest and not newest.source.startswith(SCHEME):
        return "not ours"
    if card and newest and newest.revision == entry["revision"]:
        return "unchanged"
    added = card is None
    card = card or ModelCard(slug=entry["slug"], state=CardState.ACTIVE)
    renamed = card.name != entry["name"]
    for name in PUBLIC:
        setattr(card, name, entry[name])
    if renamed and card.namesake() is not None:
        return "name taken"
    card.save()
    recipe = VersionSettings(
        source=f"{SCHEME}{card.slug}",
        revision=entry["revision"],
        options=ModelOptions(grounding=entry.get("grounding", "")).to_json(),
    )
    version = new_version(card=card, recipe=recipe)
    version.probe = ProbeResult.PASSED  # without a probe: its accuracy was measured when made
    version.save()
    replaced = card.answering_version
    card.answering_version = version
    card.save(update_fields=["answering_version"])
    record_change(card, ChangeReason.SHIPPED, version=version, replaced=replaced)
    return "added" if added else "new version"


def read_card_file(file: Path) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        missing = {"slug", "revision", *PUBLIC} - set(entry)
    except (OSError, ValueError, TypeError) as error:
        raise MalformedEntry(f"{file}: {error}") from error
    if missing:
        raise MalformedEntry(f"{file} lacks {', '.join(sorted(missing))}")
    return entry
