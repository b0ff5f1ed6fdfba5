"""What the admin of cards asks before it does what can't be taken back, or what all voters see."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from arena.core.admin.confirmation import asks_first

asks_before_listing = asks_first(
    title=_("List models for everybody"),
    explanation=_(
        "Every voter can meet these models once they are active, their pages are public, and this"
        " can't be undone: a listed model is never unlisted again."
    ),
    button=_("List for everybody"),
)

asks_before_retiring = asks_first(
    title=_("Retire models"),
    explanation=_(
        "No voter meets these models from the next battle on; their votes, their history and their"
        " ratings stay, and only activating them brings them back."
    ),
    button=_("Retire"),
)
