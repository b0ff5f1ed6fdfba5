"""The models that come with the arena, by the ``arena.json`` beside their weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from django.db import transaction

from arena.catalog import selectors
from arena.catalog.models import ModelCard
from arena.catalog.services.cards import Recipe, new_version
from arena.catalog.states import CardState, Probe

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
    entries = [_read(file) for file in files]
    return [(entry["slug"], _fill_one(entry)) for entry in entries]


@transaction.atomic
def _fill_one(entry: Mapping[str, Any]) -> Filled:
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
    _add_version(card, entry["revision"])
    return "added" if added else "new version"


def _add_version(card: ModelCard, revision: str) -> None:
    """It needs no trial: its accuracy was measured when it was made."""
    recipe = Recipe(source=f"{SCHEME}{card.slug}", revision=revision)
    version = new_version(card=card, recipe=recipe)
    version.probe = Probe.PASSED
    version.save()


def _read(file: Path) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        missing = {"slug", "revision", *PUBLIC} - set(entry)
    except (OSError, ValueError, TypeError) as error:
        raise MalformedEntry(f"{file}: {error}") from error
    if missing:
        raise MalformedEntry(f"{file} lacks {', '.join(sorted(missing))}")
    return entry
