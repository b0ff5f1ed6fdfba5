"""Cards as a file for review in a repository: written without keys, read with the form's checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from arena.catalog.models import CardFacts, ModelCard, ModelVersion
from arena.catalog.services import VersionSettings
from arena.onboarding import services
from arena.onboarding.forms import NewModelForm, recipe_of
from inference_worker.wire import manifests

CARD_FIELDS = (
    *("slug", "name", "organization", "license", "parameters", "description", "limits"),
    *("queue", "weight"),
)
VERSION_FIELDS = ("backend", "source", "revision", "base_url", "options")
FACT_FIELDS = (
    *("hub_id", "commercial_use", "languages", "image_resolution", "abilities", "architecture"),
    *("gated", "download_mb", "results", "sources", "energy", "energy_source"),
)
UNLISTED = "unlisted"
"""Whether a new card is unlisted; of a card that is there only the admin changes it."""
WITH_KEY = "has_key"
"""Whether the endpoint has a key; the key itself is in no file."""


class MalformedCardFile(ValueError):
    """A file of cards can't be understood; the message says where and why."""


@dataclass(frozen=True, slots=True)
class CardFileChange:
    """The effect of a file on one card, done or planned."""

    slug: str
    changed: tuple[str, ...]
    """Names of the fields that change; ``added`` for a card that is new."""
    needs_key: bool = False
    """Whether its new version calls an endpoint whose key has to be entered by hand."""


@dataclass(slots=True)
class CardExport:
    """The entries of a file, and the slugs of the cards that it leaves out."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def export_cards() -> CardExport:
    """Return the cards by slug, each with its newest version and its facts; empty fields are left
    out. State, boosts, trials and keys belong to an installation, so they are left out, too.

    A card without a version that any worker runs stands for imported or simulated votes: it comes
    with these, not with a file.
    """
    export = CardExport()
    for card in ModelCard.objects.order_by("slug"):
        entry = _entry(card)
        if "version" in entry:
            export.entries.append(entry)
        else:
            export.left_out.append(card.slug)
    return export


def _newest(card: ModelCard) -> ModelVersion | None:
    """Return the newest version that a worker can run."""
    runs = card.versions.filter(backend__in=manifests.every())
    return runs.order_by("-number").first()


def _entry(card: ModelCard) -> dict[str, Any]:
    entry = _present(card, CARD_FIELDS)
    if card.unlisted:
        entry[UNLISTED] = True
    version = _newest(card)
    if version is not None:
        entry["version"] = _present(version, VERSION_FIELDS)
        if version.sealed_key:
            entry["version"][WITH_KEY] = True
    facts = CardFacts.objects.filter(card=card).first()
    if facts is not None:
        entry["facts"] = _present(facts, FACT_FIELDS)
    return entry


def _present(row: Any, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}


def import_cards(entries: object, *, dry_run: bool = False) -> list[CardFileChange]:
    """Add and change cards as a file says, all or none; a card that the file lacks is left alone.

    A version that differs from the newest one is added as a new one and tried. Raises
    MalformedCardFile, and DomainError where a name is taken. With ``dry_run`` nothing is kept.
    """
    if not isinstance(entries, list):
        raise MalformedCardFile("The file has to hold a list of cards.")
    with transaction.atomic():
        changes = [_import_card(number, entry) for number, entry in enumerate(entries, 1)]
        slugs = [change.slug for change in changes]
        if twice := {slug for slug in slugs if slugs.count(slug) > 1}:
            raise MalformedCardFile(f"In the file twice: {', '.join(sorted(twice))}.")
        if dry_run:
            transaction.set_rollback(True)
    return changes


def _import_card(number: int, entry: object) -> CardFileChange:
    found = _checked(number, entry)
    card = ModelCard.objects.filter(slug=found["slug"]).first()
    # The checks of the form that adds a model; it writes into its instance, so it gets its own.
    defaults = {"queue": "inference", "weight": 1.0, "backend": "transformers"}
    instance = ModelCard.objects.get(pk=card.pk) if card else None
    form = NewModelForm({**defaults, **found, **found["version"]}, instance=instance)
    if not form.is_valid():
        field, said = next(iter(form.errors.items()))
        raise MalformedCardFile(f"Card {number} ({found.get('slug')}), {field}: {said[0]}")
    recipe = recipe_of(form.cleaned_data)
    if card is not None and card.unlisted != found.get(UNLISTED, False):
        raise MalformedCardFile(f"{card.slug}: whether a card is unlisted is said in the admin.")
    if card is None:
        fields = (*CARD_FIELDS, UNLISTED)
        added = ModelCard(**{name: found[name] for name in fields if name in found})
        services.add_model(card=added, recipe=recipe)
        services.store_facts(added, found.get("facts", {}))
        return CardFileChange(added.slug, ("added",), found["version"].get(WITH_KEY, False))
    return _update(card, found, recipe)


def _update(card: ModelCard, found: Mapping[str, Any], recipe: VersionSettings) -> CardFileChange:
    """Bring a stored card to what the file says."""
    before = _entry(card)
    blank = ModelCard()
    changed = [name for name in CARD_FIELDS if found.get(name) != before.get(name)]
    for name in changed:
        setattr(card, name, found.get(name, getattr(blank, name)))
    if changed:
        card.save(update_fields=changed)
    if found.get("facts", {}) != before.get("facts", {}):
        blank_facts = CardFacts()
        cleared = {name: getattr(blank_facts, name) for name in FACT_FIELDS}
        services.store_facts(card, {**cleared, **found.get("facts", {})})
        changed.append("facts")
    wanted = {name: value for name, value in found["version"].items() if name != WITH_KEY}
    stored = {n: v for n, v in before.get("version", {}).items() if n != WITH_KEY}
    if wanted == stored:
        return CardFileChange(card.slug, tuple(changed))
    newest = _newest(card)
    # A key belongs to one endpoint: it stays where that stays, and goes with it.
    key = newest.sealed_key if newest and newest.base_url == recipe.base_url else ""
    services.add_version(card=card, recipe=recipe, sealed_key=key)
    asks = found["version"].get(WITH_KEY, False) and not key
    return CardFileChange(card.slug, (*changed, "version"), asks)


def _checked(number: int, entry: object) -> dict[str, Any]:
    """Return an entry whose fields are known, and whose version is there."""
    if not isinstance(entry, dict) or not isinstance(entry.get("version"), dict):
        raise MalformedCardFile(f"Card {number} has to hold a slug, a name and a version.")
    groups = (
        (entry, {*CARD_FIELDS, UNLISTED, "version", "facts"}),
        (entry["version"], {*VERSION_FIELDS, WITH_KEY}),
        (entry.get("facts", {}), set(FACT_FIELDS)),
    )
    for group, known in groups:
        unknown = sorted(map(str, set(group) - known)) if isinstance(group, dict) else ["facts"]
        if unknown:
            raise MalformedCardFile(f"Card {number} has unknown fields: {', '.join(unknown)}.")
    try:
        facts = CardFacts(**entry.get("facts", {}))
        facts.clean_fields(exclude=["card"])
        facts.clean()
    except ValidationError as error:
        raise MalformedCardFile(f"Card {number}, facts: {'; '.join(error.messages)}") from error
    return entry
