"""Adding models, and the life of a card."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from arena.catalog.models import NAME_TAKEN, ModelCard, ModelVersion
from arena.catalog.services.trials import start_trial
from arena.catalog.states import CARD_TRANSITIONS, CardState
from arena.core.errors import Conflict
from arena.core.state_table import transition
from inference_worker.wire import sealed


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a version answers. ``key`` is the endpoint's, in the clear until it is stored."""

    source: str
    backend: str = "transformers"
    revision: str = ""
    base_url: str = ""
    key: str = field(default="", repr=False)


@transaction.atomic
def add_model(*, card: ModelCard, recipe: Recipe) -> ModelVersion:
    """Store a new card as a draft with its first version, and start its trial. Raises Conflict
    where another card has its name."""
    card.state = CardState.DRAFT
    _refuse_namesake(card.namesake())
    card.save()
    return add_version(card=card, recipe=recipe)


@transaction.atomic
def add_version(*, card: ModelCard, recipe: Recipe) -> ModelVersion:
    """The card's next version, tried at once. It is drawn only after its trial has passed."""
    version = new_version(card=card, recipe=recipe)
    version.save()
    start_trial(version=version)
    return version


def new_version(*, card: ModelCard, recipe: Recipe) -> ModelVersion:
    """An unsaved version with the card's next number. The caller's transaction locks the card.
    Raises BrokenSeal for a key where there is nothing to seal it with."""
    ModelCard.objects.select_for_update().get(pk=card.pk)
    last = card.versions.aggregate(last=Max("number"))["last"] or 0
    return ModelVersion(
        card=card,
        number=last + 1,
        backend=recipe.backend,
        source=recipe.source,
        revision=recipe.revision,
        base_url=recipe.base_url,
        sealed_key=_sealed(recipe),
    )


def _sealed(recipe: Recipe) -> str:
    """Ciphertext for this endpoint alone; empty without a key."""
    if not recipe.key:
        return ""
    return sealed.seal(recipe.key, base_url=recipe.base_url, keys=settings.SEALING_KEYS)


@transaction.atomic
def activate(*, card: ModelCard) -> None:
    """From now on the card is drawn. Raises Conflict unless a version has passed its trial, and
    where an active card has its name.

    Locks all cards: of two with one name that are activated at once, the second is refused.
    """
    cards = ModelCard.objects.select_for_update().order_by("pk")
    locked = next(one for one in list(cards) if one.pk == card.pk)
    if locked.current is None:
        raise Conflict(
            _("%(card)s can't be activated: none of its versions has passed a trial.")
            % {"card": locked}
        )
    _refuse_namesake(locked.namesake(among=[CardState.ACTIVE]))
    _move(locked, CardState.ACTIVE)


@transaction.atomic
def retire(*, card: ModelCard) -> None:
    """The card is not drawn any more; its votes and its place on the board stay."""
    _move(ModelCard.objects.select_for_update().get(pk=card.pk), CardState.RETIRED)


def _refuse_namesake(twin: ModelCard | None) -> None:
    if twin is not None:
        raise Conflict(NAME_TAKEN % {"card": twin, "slug": twin.slug})


def _move(card: ModelCard, state: CardState) -> None:
    if card.state == state:
        return
    transition(card, state, allowed=CARD_TRANSITIONS)
    card.save(update_fields=["state"])
