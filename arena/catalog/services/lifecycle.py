"""The life of a card: each change of its state, and of the version that answers, leaves a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from arena.catalog.models import NAME_TAKEN, CardChange, ModelCard, ModelVersion
from arena.catalog.models.changes import MOST_WORDS
from arena.catalog.states import (
    CARD_TRANSITIONS,
    NEVER_ACTIVE,
    CardState,
    ChangeActor,
    ChangeReason,
    ProbeResult,
)
from arena.core.errors import Conflict
from arena.core.state_table import transition
from arena.core.text import strip_unsafe_characters

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def activate(*, card: ModelCard, words: str = "", by: User | None = None) -> None:
    """Let the card be drawn for voters from now on.

    Raises Conflict unless the version that answers passed its last probe, and if an active card
    has its name. Locks all cards: of two with one name that are activated at once, the second is
    refused.
    """
    cards = ModelCard.objects.select_for_update(no_key=True).order_by("pk")
    locked = next(one for one in list(cards) if one.pk == card.pk)
    if locked.state == CardState.ACTIVE:
        return
    version = locked.current
    if version is None:
        said = _("%(card)s can't be activated: none of its versions has passed a probe.")
        raise Conflict(said % {"card": locked})
    if version.probe != ProbeResult.PASSED:
        said = _("%(card)s can't be activated: version %(number)d failed its last probe.")
        raise Conflict(said % {"card": locked, "number": version.number})
    refuse_namesake(locked.namesake(among=[CardState.ACTIVE]))
    if locked.state in (CardState.DRAFT, CardState.PROBING):
        move_card(locked, CardState.TRIAL, ChangeReason.PROBE_PASSED, version=version)
    _pin(locked, version)
    move_card(locked, CardState.ACTIVE, ChangeReason.ACTIVATED, version=version, words=words, by=by)


@transaction.atomic
def pause(*, card: ModelCard, words: str = "", by: User | None = None) -> None:
    """The card is not drawn until it is activated again. Raises Conflict unless it is active."""
    locked = lock_card(card)
    _refuse_repeated(locked, CardState.PAUSED)
    move_card(locked, CardState.PAUSED, ChangeReason.PAUSED, words=words, by=by)


@transaction.atomic
def retire(*, card: ModelCard, words: str = "", by: User | None = None) -> None:
    """The card is not drawn any more; its votes and its place on the board stay.

    Raises Conflict where it is retired already.
    """
    locked = lock_card(card)
    _refuse_repeated(locked, CardState.RETIRED)
    move_card(locked, CardState.RETIRED, ChangeReason.RETIRED, words=words, by=by)


@transaction.atomic
def list_publicly(*, card: ModelCard, words: str = "", by: User | None = None) -> None:
    """Let everybody meet an unlisted card from now on; a listed one stays as it is.

    There is no way back, so that no score is ever withdrawn: what was voted by invitation counts on
    no board, before or after. Locks all cards, as ``activate`` does. Raises Conflict where a
    listed card has its name.
    """
    cards = ModelCard.objects.select_for_update(no_key=True).order_by("pk")
    locked = next(one for one in list(cards) if one.pk == card.pk)
    if not locked.unlisted:
        return
    if locked.state == CardState.ACTIVE:
        refuse_namesake(locked.namesake(among=[CardState.ACTIVE]))
    locked.unlisted = False
    locked.save(update_fields=["unlisted"])
    record_change(locked, ChangeReason.LISTED, words=words, by=by)


@transaction.atomic
def choose_version(*, version: ModelVersion, words: str = "", by: User | None = None) -> None:
    """Let this version of its card answer from now on; an earlier one is gone back to.

    Raises Conflict unless its last probe passed.
    """
    card = lock_card(version.card)
    stored = card.versions.get(pk=version.pk)
    if stored.probe != ProbeResult.PASSED:
        said = _("Version %(number)d of %(card)s has passed no probe.")
        raise Conflict(said % {"number": stored.number, "card": card})
    before = card.current
    if before == stored:
        _pin(card, stored)
        return
    back = before is not None and stored.number < before.number
    reason = ChangeReason.WENT_BACK if back else ChangeReason.CHOSEN
    _pin(card, stored)
    record_change(card, reason, version=stored, replaced=before, words=words, by=by)


@transaction.atomic
def choose_newest(*, card: ModelCard, words: str = "", by: User | None = None) -> None:
    """Let the newest version that passed its probe answer. Raises Conflict where none has."""
    newest = card.newest_passed
    if newest is None:
        raise Conflict(_("None of the versions of %(card)s has passed a probe.") % {"card": card})
    choose_version(version=newest, words=words, by=by)


@transaction.atomic
def go_back(*, card: ModelCard, words: str = "", by: User | None = None) -> None:
    """Let the version answer that did so before the present one.

    Raises Conflict where there is none, or where its last probe failed.
    """
    last = lock_card(card).changes.exclude(replaced=None).first()
    if last is None or last.replaced is None:
        raise Conflict(_("No other version of %(card)s has answered before.") % {"card": card})
    choose_version(version=last.replaced, words=words, by=by)


def note_probe(version: ModelVersion) -> None:
    """Move the card on, or back, by a probe of one of its versions that has just ended.

    While readers do not know the card, its newest version that passed is the one that would
    answer. Of a listed card no probe changes which version answers. The caller's transaction holds.
    """
    card = lock_card(version.card)
    passed = version.probe == ProbeResult.PASSED
    reason = ChangeReason.PROBE_PASSED if passed else ChangeReason.PROBE_FAILED
    if card.state not in NEVER_ACTIVE:
        record_change(card, reason, version=version)
        return
    newest = card.newest_passed
    if newest is not None and newest != card.answering_version:
        card.answering_version = newest
        card.save(update_fields=["answering_version"])
    move_card(card, CardState.TRIAL if newest else CardState.DRAFT, reason, version=version)


def pin_current(card: ModelCard) -> None:
    """Keep the version that answers now, whatever becomes of others. For a locked card."""
    _pin(card, card.current)


def lock_card(card: ModelCard) -> ModelCard:
    """Return the card, locked until the transaction ends."""
    # Not of its key: a line of its history, which an answer's end may write, need not wait.
    return ModelCard.objects.select_for_update(no_key=True).get(pk=card.pk)


def move_card(
    card: ModelCard,
    to: CardState,
    reason: ChangeReason,
    *,
    version: ModelVersion | None = None,
    words: str = "",
    by: User | None = None,
) -> None:
    """Change the state of a locked card by the table, and say so. Raises Conflict where the table
    forbids it; a card that is there already stays as it is, and nothing is said."""
    if card.state == to:
        return
    before = CardState(card.state)
    transition(card, to, allowed=CARD_TRANSITIONS)
    card.save(update_fields=["state"])
    record_change(card, reason, before=before, version=version, words=words, by=by)


def record_change(
    card: ModelCard,
    reason: ChangeReason,
    *,
    before: CardState | None = None,
    version: ModelVersion | None = None,
    replaced: ModelVersion | None = None,
    words: str = "",
    by: User | None = None,
) -> CardChange:
    """Store one line of a card's public history. ``by`` is the operator, None for the site."""
    is_operators = reason in {
        ChangeReason.ADDED,
        ChangeReason.NEW_VERSION,
        ChangeReason.PROBE_BEGAN,
        ChangeReason.CHOSEN,
        ChangeReason.WENT_BACK,
        ChangeReason.ACTIVATED,
        ChangeReason.PAUSED,
        ChangeReason.RETIRED,
        ChangeReason.LISTED,
    }
    return CardChange.objects.create(
        card=card,
        before=before or card.state,
        after=card.state,
        reason=reason,
        version=version,
        replaced=replaced,
        words=" ".join(strip_unsafe_characters(words).split())[:MOST_WORDS],
        actor=ChangeActor.OPERATOR if is_operators else ChangeActor.SITE,
        account=by,
    )


def refuse_namesake(twin: ModelCard | None) -> None:
    """Raise Conflict where there is a card of the same name."""
    if twin is not None:
        raise Conflict(NAME_TAKEN % {"card": twin, "slug": twin.slug})


def _refuse_repeated(card: ModelCard, state: CardState) -> None:
    """Raise Conflict where the card is in that state already: an operator would take silence for
    a change."""
    if card.state == state:
        said = _("%(card)s is already in the state “%(state)s”.")
        raise Conflict(said % {"card": card, "state": state.label})


def _pin(card: ModelCard, version: ModelVersion | None) -> None:
    if card.answering_version != version:
        card.answering_version = version
        card.save(update_fields=["answering_version"])
