"""Questions with closed answers, and what voters said of themselves by them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.voters.models import Voter


class SurveyQuestion(models.Model):
    """A question that voters may answer about themselves. ``population`` names whom the shares of
    its answers describe."""

    slug = models.SlugField(_("slug"), max_length=30, unique=True)
    words = models.CharField(_("question"), max_length=200)
    population = models.CharField(_("population"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_asked = models.BooleanField(_("asked"), default=False)

    class Meta:
        verbose_name = _("question to voters")
        verbose_name_plural = _("questions to voters")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.words


class SurveyAnswer(models.Model):
    """An answer that can be chosen. ``key`` is what boards and snapshots call it, as in
    ``profession=teaching``; ``share`` is the percentage of the population that would give it."""

    question = models.ForeignKey(
        SurveyQuestion,
        models.CASCADE,
        to_field="slug",
        related_name="answers",
        verbose_name=_("question"),
    )
    slug = models.SlugField(_("slug"), max_length=30)
    key = models.CharField(_("key"), max_length=61, unique=True, editable=False)
    words = models.CharField(_("answer"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    share = models.DecimalField(
        _("percent of the population"), max_digits=5, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("answer of voters")
        verbose_name_plural = _("answers of voters")
        default_permissions = ()
        ordering = ["question__position", "question", "position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gte=0, share__lte=100),
                name="demographics_share_is_percent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.words}"

    def save(self, *args: Any, **options: Any) -> None:
        """Store the answer under the key that its question and its slug make."""
        self.key = f"{self.question_id}={self.slug}"
        super().save(*args, **options)


class SelfDescription(models.Model):
    """The answer that a voter gave to a question: a closed value, never a text of their own."""

    voter = models.ForeignKey(
        Voter, models.CASCADE, related_name="descriptions", verbose_name=_("voter")
    )
    question = models.ForeignKey(
        SurveyQuestion,
        models.CASCADE,
        to_field="slug",
        related_name="+",
        verbose_name=_("question"),
    )
    answer = models.ForeignKey(
        SurveyAnswer,
        models.CASCADE,
        to_field="key",
        related_name="descriptions",
        verbose_name=_("answer"),
    )
    changed_at = models.DateTimeField(_("said"), auto_now=True)

    class Meta:
        verbose_name = _("self-description")
        verbose_name_plural = _("self-descriptions")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["voter", "question"], name="demographics_one_answer_each"
            )
        ]

    def __str__(self) -> str:
        return self.answer_id


class SurveyInvitation(models.Model):
    """The one time at which a voter was asked, unasked; there is no second."""

    voter = models.OneToOneField(Voter, models.CASCADE, primary_key=True, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)

    class Meta:
        verbose_name = _("invitation to describe oneself")
        verbose_name_plural = _("invitations to describe oneself")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.voter_id)
