"""Reasons and judgements of correctness, beside the vote that they were given with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Vote
from arena.feedback.states import AnswerReason, Correctness
from inference_worker.wire.messages import SIDES

_SIDES = [(side, side.upper()) for side in SIDES]


class VoteReason(models.Model):
    """A reason that a voter gave for or against one side's answer, after the names were shown."""

    vote = models.ForeignKey(Vote, models.PROTECT, related_name="reasons", verbose_name=_("vote"))
    side = models.CharField(_("side"), max_length=1, choices=_SIDES)
    reason = models.CharField(_("reason"), max_length=12, choices=AnswerReason.choices)
    created_at = models.DateTimeField(_("given"), auto_now_add=True)

    class Meta:
        verbose_name = _("reason of a vote")
        verbose_name_plural = _("reasons of votes")
        constraints = [
            models.UniqueConstraint(fields=["vote", "side", "reason"], name="feedback_reason_once"),
            models.CheckConstraint(condition=Q(side__in=SIDES), name="feedback_reason_side_known"),
            models.CheckConstraint(
                condition=Q(reason__in=AnswerReason.values), name="feedback_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vote_id}/{self.side}: {self.reason}"


class CorrectnessMark(models.Model):
    """A voter's judgement on whether one side's answer is right; one per side, may be changed."""

    vote = models.ForeignKey(
        Vote, models.PROTECT, related_name="correctness", verbose_name=_("vote")
    )
    side = models.CharField(_("side"), max_length=1, choices=_SIDES)
    mark = models.CharField(_("correctness"), max_length=8, choices=Correctness.choices)
    changed_at = models.DateTimeField(_("given"), auto_now=True)

    class Meta:
        verbose_name = _("judgement of correctness")
        verbose_name_plural = _("judgements of correctness")
        constraints = [
            models.UniqueConstraint(fields=["vote", "side"], name="feedback_mark_once"),
            models.CheckConstraint(condition=Q(side__in=SIDES), name="feedback_mark_side_known"),
            models.CheckConstraint(
                condition=Q(mark__in=Correctness.values), name="feedback_mark_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vote_id}/{self.side}: {self.mark}"
