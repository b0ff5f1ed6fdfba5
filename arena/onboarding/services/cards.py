"""Adding models and versions, and the probe that each begins with."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.services.lifecycle import pin_current, record_change, refuse_namesake
from arena.catalog.services.versions import VersionSettings, new_version, sealed_key_of
from arena.catalog.states import CardState, ChangeReason
from arena.core.errors import Conflict
from arena.onboarding import dispatch
from arena.onboarding.services.facts import store_facts
from arena.probes.services import start_probe
from inference_worker.wire.model_lists import ModelListRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def add_model(*, card: ModelCard, recipe: VersionSettings, by: User | None = None) -> ModelVersion:
    """Store a new card as a draft with its first version, and start its probe. Raises Conflict
    where another card has its name."""
    card.state = CardState.DRAFT
    refuse_namesake(card.namesake())
    card.save()
    version = new_version(card=card, recipe=recipe)
    version.save()
    record_change(card, ChangeReason.ADDED, version=version, by=by)
    start_probe(version=version, by=by)
    return version


@transaction.atomic
def add_version(
    *, card: ModelCard, recipe: VersionSettings, by: User | None = None, sealed_key: str = ""
) -> ModelVersion:
    """Add and probe the card's next version.

    A card that readers know goes on to answer with the version that it has, until an operator
    chooses the new one. ``sealed_key`` is that of an earlier version with the same endpoint, for a
    recipe without a key.
    """
    version = new_version(card=card, recipe=recipe)
    version.sealed_key = version.sealed_key or sealed_key
    return _added(version, by)


@transaction.atomic
def add_tuned_model(
    *, card: ModelCard, recipe: VersionSettings, base: ModelVersion
) -> ModelVersion:
    """Store a model that was tuned from ``base``, and start its probe: as a card of its own, or as
    the next version of the card of an earlier tuning.

    A card answers with one version at a time, so only a card of its own can meet its base. Raises
    Conflict where another card has its name.
    """
    add = add_model if card.pk is None else add_version
    version = add(card=card, recipe=recipe)
    store_facts(version.card, {"tuned_from": base})
    return version


def ask_for_models(*, recipe: VersionSettings, queue: str) -> str:
    """Have a worker ask for the models at the recipe's endpoint; return the token of their list.

    Raises one of ``catalog.dispatch.BROKEN``.
    """
    token = secrets.token_urlsafe(24)
    asked = ModelListRequest(token, recipe.backend, recipe.base_url, sealed_key_of(recipe))
    dispatch.list_models(asked, queue=queue)
    return token


@transaction.atomic
def adopt_learned(*, card: ModelCard, by: User | None = None) -> ModelVersion:
    """Add and try a version like the card's newest one, with the options that its probe proposes.

    Raises Conflict where it proposes none.
    """
    ModelCard.objects.select_for_update(no_key=True).get(pk=card.pk)
    newest = card.versions.order_by("-number").first()
    if newest is None or not newest.learned:
        raise Conflict(_("The probe of %(card)s proposes no options.") % {"card": card})
    recipe = VersionSettings(newest.source, newest.backend, newest.revision, newest.base_url)
    version = new_version(card=card, recipe=replace(recipe, options=newest.learned))
    version.sealed_key = newest.sealed_key
    return _added(version, by)


def _added(version: ModelVersion, by: User | None) -> ModelVersion:
    card = ModelCard.objects.get(pk=version.card_id)
    pin_current(card)
    version.save()
    record_change(card, ChangeReason.NEW_VERSION, version=version, by=by)
    start_probe(version=version, by=by)
    return version
