"""The public history of a card: each change of its state, and of the version that answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.catalog.models.cards import ModelCard, ModelVersion
from arena.catalog.states import CardState, ChangeActor, ChangeReason
from arena.core.append_only import AppendOnly, AppendOnlyManager

MOST_WORDS = 300
"""Characters of an operator's own words on a change."""


class CardChange(AppendOnly):
    """A change, which is never altered or deleted: who made it, from what to what, and why."""

    card = models.ForeignKey(
        ModelCard, models.PROTECT, related_name="changes", verbose_name=_("model card")
    )
    before = models.CharField(_("before"), max_length=10, choices=CardState.choices)
    after = models.CharField(_("after"), max_length=10, choices=CardState.choices)
    """The card's state. Both are the same where it did not change."""
    version = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        related_name="changes",
        null=True,
        blank=True,
        verbose_name=_("model version"),
    )
    """The version that the change is about; where the version that answers changed, the new one."""
    replaced = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("version that answered before"),
    )
    """Set where another version answers from now on."""
    reason = models.CharField(_("reason"), max_length=20, choices=ChangeReason.choices)
    words = models.CharField(_("in the operator's words"), max_length=MOST_WORDS, blank=True)
    """Public, as all of this is but for the account."""
    actor = models.CharField(_("made by"), max_length=10, choices=ChangeActor.choices)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("account"),
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)

    objects = AppendOnlyManager()

    class Meta:
        verbose_name = _("change of a model")
        verbose_name_plural = _("changes of models")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(before__in=CardState.values, after__in=CardState.values),
                name="catalog_change_states_known",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ChangeReason.values), name="catalog_change_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.before} > {self.after}, {self.reason}"

    @property
    def moves_state(self) -> bool:
        """Return whether the card went from one state to another."""
        return self.before != self.after
