"""Budgets of cards: battles and money a day, answers at a time."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SpendingConfig(AppConfig):
    """The app of the budgets of cards."""

    name = "arena.spending"
    label = "spending"
    verbose_name = _("Spending")
    default_auto_field = "django.db.models.BigAutoField"
