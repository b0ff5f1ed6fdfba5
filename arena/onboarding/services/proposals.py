"""From a Hub id, an endpoint, a folder or a ready card to a card with a first version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.services.versions import VersionSettings
from arena.core.errors import Conflict
from arena.onboarding.hub.facts import HubFacts, read_facts
from arena.onboarding.hub.folders import read_folder
from arena.onboarding.hub.places import ModelPlace, parse_place
from arena.onboarding.ready import ReadyModel, find_ready
from arena.onboarding.services.cards import add_model
from arena.onboarding.services.facts import store_facts
from inference_worker.wire import endpoints

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REMOTE_BACKEND = "openai"
"""The protocol that an endpoint is taken to speak until its operator says otherwise."""


@dataclass(frozen=True, slots=True)
class ModelProposal:
    """A proposed card with its first version; an operator may change both before adding them."""

    place: str
    card: Mapping[str, Any]
    recipe: VersionSettings
    facts: Mapping[str, Any] = field(default_factory=dict)
    obstacle: str = ""
    """Why no worker would run it, with the way out; empty for what can be added."""
    incomplete: str = ""
    """What an operator has to fill in first; empty where nothing is missing."""


def propose(text: str) -> ModelProposal:
    """Return what would be added for a Hub id, an address, a folder, or the name of a ready card.

    Raises DomainError: UnknownPlace, HubProblem, FolderProblem.
    """
    ready = find_ready(text)
    if ready is not None:
        return propose_ready(ready)
    place = parse_place(text)
    if place.kind == "hub":
        return _from_hub(place)
    if place.kind == "folder":
        return propose_folder(Path(place.where))
    host = urlsplit(place.where).hostname or ""
    return ModelProposal(
        place.where,
        {"name": "", "slug": "", "organization": ""},
        VersionSettings(source="", backend=REMOTE_BACKEND, base_url=place.where.rstrip("/")),
        incomplete=_("Choose one of the models at %(host)s, and name the card.") % {"host": host},
    )


def propose_folder(path: Path) -> ModelProposal:
    """Return the proposal of a folder; where only a worker sees it, its name is all there is.

    Raises FolderProblem.
    """
    recipe = VersionSettings(source=str(path))
    facts = read_folder(path)
    if facts is None:
        return ModelProposal(str(path), {"name": path.name, "slug": free_slug(path.name)}, recipe)
    obstacle = "" if facts.obstacle is None else str(facts.obstacle.label)
    return replace(_described(facts, recipe), place=str(path), obstacle=obstacle)


def propose_ready(ready: ReadyModel) -> ModelProposal:
    """Return the proposal of a ready card: its own facts over those of the Hub.

    A model that needs a server of its own is proposed without asking the Hub, and incomplete.
    """
    if ready.run == "native":
        found = _from_hub(ModelPlace("hub", ready.hub_id))
    else:
        needed = _("Serve %(name)s first: %(how)s Then enter the endpoint's address here.")
        found = ModelProposal(
            place=ready.slug,
            card={},
            recipe=VersionSettings(source=ready.hub_id, backend=REMOTE_BACKEND),
            incomplete=needed % {"name": ready.name, "how": ready.how},
        )
    stated = {"organization": ready.organization, "license": ready.license}
    card: dict[str, Any] = {name: value for name, value in stated.items() if value}
    # The Hub counts them; the card may only know how much the files take.
    card["parameters"] = found.card.get("parameters") or ready.size
    facts = {
        "hub_id": ready.hub_id,
        "commercial_use": ready.commercial_use.value,
        "languages": ", ".join(ready.languages),
        "image_resolution": ready.image_resolution,
        "abilities": ", ".join(ready.abilities),
        "sources": dict(ready.sources),
    }
    return replace(
        found,
        card={**found.card, **card, "name": ready.name, "slug": free_slug(ready.slug)},
        facts={**found.facts, **{name: value for name, value in facts.items() if value}},
    )


def _from_hub(place: ModelPlace) -> ModelProposal:
    facts = read_facts(place.where, place.revision)
    obstacle = "" if facts.obstacle is None else str(facts.obstacle.label)
    page = f"https://huggingface.co/{facts.hub_id}"
    named = ("parameters", "license", "image_resolution", "languages")
    sources = {name: page for name in named if getattr(facts, name)}
    proposal = _described(facts, VersionSettings(source=facts.hub_id, revision=facts.revision))
    return replace(
        proposal,
        place=place.where,
        facts={**proposal.facts, "sources": sources},
        obstacle=obstacle,
    )


def _described(facts: HubFacts, recipe: VersionSettings) -> ModelProposal:
    card = {
        "name": facts.name,
        "slug": free_slug(facts.name),
        "organization": facts.organization,
        "license": facts.license,
        "parameters": facts.parameters,
    }
    known = {
        "hub_id": facts.hub_id,
        "commercial_use": facts.commercial_use.value,
        "languages": ", ".join(facts.languages)[:300],
        "image_resolution": facts.image_resolution,
        "architecture": facts.architecture,
        "gated": facts.gated,
        "download_mb": facts.megabytes or None,
        "results": [asdict(result) for result in facts.results],
    }
    return ModelProposal("", card, recipe, known)


def free_slug(name: str) -> str:
    """Return a slug made of a name that no card has yet."""
    slug = slugify(name.replace(".", "-"))[:40].strip("-") or "model"
    taken = set(ModelCard.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    numbers = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(one for one in numbers if one not in taken)


@transaction.atomic
def onboard(proposal: ModelProposal, *, by: User | None = None) -> ModelVersion:
    """Add what was proposed, and have a worker try it.

    Raises Conflict for what can't run, what is incomplete, an endpoint that may not be called, and
    what is in the catalogue already.
    """
    if proposal.obstacle or proposal.incomplete:
        raise Conflict(proposal.obstacle or proposal.incomplete)
    if proposal.recipe.base_url:
        try:
            endpoints.resolve(proposal.recipe.base_url, allow=settings.ENDPOINT_ALLOW)
        except endpoints.ForbiddenEndpoint as error:
            raise Conflict(str(error)) from error
    twin = stored_twin(proposal.recipe)
    if twin is not None:
        text = _("%(card)s (%(slug)s) is this model already.")
        raise Conflict(text % {"card": twin.card, "slug": twin.card.slug})
    try:
        with transaction.atomic():
            card = ModelCard(**proposal.card)
            version = add_model(card=card, recipe=proposal.recipe, by=by)
    except IntegrityError as error:
        raise Conflict(_("Somebody else has just added a card of this name.")) from error
    store_facts(version.card, proposal.facts)
    return version


def stored_twin(recipe: VersionSettings) -> ModelVersion | None:
    """Return the newest version of the same files; None for none, and for a model at an endpoint,
    which may well answer in several ways."""
    if recipe.base_url:
        return None
    same = ModelVersion.objects.filter(source=recipe.source).select_related("card")
    if recipe.revision:
        same = same.filter(revision=recipe.revision)
    return same.order_by("-pk").first()
