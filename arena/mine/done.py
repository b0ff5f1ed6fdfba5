"""What the list of one's own battles says after a change, by a word in its address."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from arena.ledger.states import ExclusionReason
from arena.mine.selectors.battles import OwnBattle
from arena.mine.states import OwnChange

NOTHING, VOTED, NAMED = "nothing", "publish-voted", "publish-named"
OF_CHOSEN = frozenset({OwnChange.PUBLISH, OwnChange.WITHDRAW, OwnChange.DELETE})
"""The actions that need battles to be ticked."""

DONE: dict[str, StrPromise] = {
    NOTHING: _("No battle was ticked. Nothing was changed."),
    OwnChange.PUBLISH: _("You allowed publication of the battles that were ticked."),
    VOTED: _(
        "You allowed publication of the battles with a vote that were ticked. What you asked by"
        " name is never published."
    ),
    NAMED: _("What you asked by name is never published. Nothing was changed."),
    OwnChange.WITHDRAW: _("You withdrew permission to publish the battles that were ticked."),
    OwnChange.DELETE: _("The content of the battles that were ticked was deleted."),
    OwnChange.PUBLISH_ALL: _("You allowed publication of all your battles."),
    OwnChange.WITHDRAW_ALL: _("You withdrew permission to publish any of your battles."),
    OwnChange.DELETE_ALL: _("The content of all your battles was deleted."),
    OwnChange.TAKE_BACK: _("You took this vote back. It doesn't count."),
    OwnChange.PUT_BACK: _("Your vote counts again."),
}
"""Sentences by the word; any other word says nothing."""

VOTE_STATES: dict[str, str] = {
    OwnChange.TAKE_BACK: ExclusionReason.WITHDRAWN.value,
    OwnChange.PUT_BACK: "",
}
"""The exclusion that a vote has after a change; the sentence is said of no other vote."""


def sentence(word: str, battle: OwnBattle | None) -> StrPromise | None:
    """Return what is said for a word, of a vote only where its battle bears it out."""
    if word in VOTE_STATES and (battle is None or battle.exclusion != VOTE_STATES[word]):
        return None
    return DONE.get(word)
