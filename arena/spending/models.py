"""Budgets of model cards, what was taken of them by day, and what single answers cost."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.catalog.models import ModelCard

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]


class CardBudget(models.Model):
    """The limits of a card and the price of its tokens. An empty field is no limit."""

    card = models.OneToOneField(
        ModelCard,
        models.CASCADE,
        primary_key=True,
        related_name="budget",
        verbose_name=_("model card"),
    )
    battles_a_day = models.PositiveIntegerField(
        _("battles a day"),
        null=True,
        blank=True,
        help_text=_("Battles that the model may take part in on one day (UTC). 0 is none."),
    )
    money_a_day = models.DecimalField(
        _("money a day"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("What its answers of one day (UTC) may cost, in the currency of its prices."),
    )
    at_once = models.PositiveIntegerField(
        _("answers at a time"),
        null=True,
        blank=True,
        help_text=_("Answers that may wait or run at the same time. 0 is none."),
    )
    price_input = models.DecimalField(
        _("price of a million tokens read"),
        max_digits=12,
        decimal_places=4,
        default=Decimal(0),
        validators=NOT_NEGATIVE,
    )
    price_output = models.DecimalField(
        _("price of a million tokens written"),
        max_digits=12,
        decimal_places=4,
        default=Decimal(0),
        validators=NOT_NEGATIVE,
    )

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ["card__name"]

    def __str__(self) -> str:
        return str(self.card)

    def clean(self) -> None:
        """Refuse a limit of money without a price: it would never be reached."""
        super().clean()
        if self.money_a_day is not None and not self.has_price:
            said = _(
                "Without a price no answer counts towards this: set a price, or leave this empty."
            )
            raise ValidationError({"money_a_day": said})

    @property
    def has_price(self) -> bool:
        """Return whether an answer costs anything."""
        return bool(self.price_input or self.price_output)


class BudgetDay(models.Model):
    """The battles that a card with a budget was let into on a day. Its row is the lock under which
    the next one is let in."""

    card = models.ForeignKey(ModelCard, models.CASCADE, related_name="+")
    day = models.DateField(_("day"))
    battles = models.PositiveIntegerField(_("battles"), default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["card", "day"], name="spending_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} {self.day}"


class AnswerCharge(models.Model):
    """The cost of one attempt at an answer, in millionths: ``reserved`` is the most that it may
    cost, ``cost`` what it did cost once that is known.

    ``generation`` is a key of an app above this one.
    """

    generation = models.PositiveBigIntegerField(_("answer"))
    attempt = models.PositiveIntegerField(_("attempt"))
    card = models.ForeignKey(ModelCard, models.CASCADE, related_name="+")
    day = models.DateField(_("day"))
    price_input = models.DecimalField(max_digits=12, decimal_places=4)
    price_output = models.DecimalField(max_digits=12, decimal_places=4)
    tokens_input = models.PositiveIntegerField(_("tokens read"))
    tokens_output = models.PositiveIntegerField(_("tokens written"))
    reserved = models.PositiveBigIntegerField(_("reserved"))
    cost = models.PositiveBigIntegerField(_("cost"), null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["generation", "attempt"], name="spending_charge_once"),
        ]
        indexes = [models.Index(fields=["card", "day"], name="spending_charge_day")]

    def __str__(self) -> str:
        return f"{self.generation}/{self.attempt}"
