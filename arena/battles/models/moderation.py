"""Battles that a moderator looks at, what was decided, and answers that voters reported."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.battles.models.battles import Battle
from arena.battles.states import ReviewState
from arena.core.append_only import AppendOnly, AppendOnlyManager
from inference_worker.wire.messages import SIDES


class ModerationReview(models.Model):
    """A battle in the queue of the moderators, with what brought it there and what is decided."""

    battle = models.OneToOneField(
        Battle, models.CASCADE, related_name="review", verbose_name=_("battle")
    )
    why = models.CharField(_("why"), max_length=200)
    state = models.CharField(
        _("state"), max_length=10, choices=ReviewState.choices, default=ReviewState.OPEN
    )
    created_at = models.DateTimeField(_("opened"), auto_now_add=True)

    class Meta:
        verbose_name = _("battle to review")
        verbose_name_plural = _("battles to review")
        indexes = [models.Index(fields=["state", "-id"], name="battles_review_queue")]

    def __str__(self) -> str:
        return f"{self.battle}: {self.state}"


class ReviewDecision(AppendOnly):
    """A moderator's decision on a battle; a later one replaces it and removes nothing."""

    review = models.ForeignKey(
        ModerationReview, models.CASCADE, related_name="decisions", verbose_name=_("review")
    )
    state = models.CharField(_("decision"), max_length=10, choices=ReviewState.choices)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    objects = AppendOnlyManager()

    class Meta:
        verbose_name = _("decision of a moderator")
        verbose_name_plural = _("decisions of moderators")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}"


class AnswerReport(models.Model):
    """An answer that the battle's voter has reported; nobody else sees it before publication."""

    battle = models.ForeignKey(
        Battle, models.CASCADE, related_name="answer_reports", verbose_name=_("battle")
    )
    side = models.CharField(_("side"), max_length=1, choices=[(s, s.upper()) for s in SIDES])
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("reported answer")
        verbose_name_plural = _("reported answers")
        constraints = [
            models.UniqueConstraint(fields=["battle", "side"], name="battles_report_side_once")
        ]

    def __str__(self) -> str:
        return f"{self.battle_id}/{self.side}"
