"""Tokens of evaluators, and what was used of their budgets on each day."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EvaluatorToken(models.Model):
    """The right of a program to ask models, within a budget. Only a hash of the token is stored."""

    name = models.CharField(
        _("name"), max_length=100, unique=True, help_text=_("Who uses it, for operators alone.")
    )
    digest = models.CharField(_("SHA-256 of the token"), max_length=64, unique=True, editable=False)
    requests_a_day = models.PositiveIntegerField(
        _("requests a day"), default=20_000, validators=[MinValueValidator(1)]
    )
    tokens_a_day = models.PositiveIntegerField(
        _("answer tokens a day"),
        default=5_000_000,
        validators=[MinValueValidator(1)],
        help_text=_("A request counts as many as its answer may have until it has ended."),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("evaluator's token")
        verbose_name_plural = _("evaluators' tokens")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_valid(self) -> bool:
        """Return whether the token opens the endpoint now."""
        return self.is_active and (self.expires_at is None or self.expires_at > timezone.now())


class EvaluatorDay(models.Model):
    """The use of a token on a day of UTC."""

    token = models.ForeignKey(
        EvaluatorToken, models.CASCADE, related_name="days", verbose_name=_("token")
    )
    day = models.DateField(_("day"))
    requests = models.PositiveIntegerField(_("requests"), default=0)
    tokens = models.PositiveBigIntegerField(_("answer tokens"), default=0)

    class Meta:
        verbose_name = _("day of an evaluator")
        verbose_name_plural = _("days of evaluators")
        constraints = [
            models.UniqueConstraint(fields=["token", "day"], name="evaluation_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.token_id}, {self.day}"
