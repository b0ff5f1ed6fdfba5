"""Admin pages to set what a model may cost, and to see what it has cost today."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from arena.spending.models import CardBudget
from arena.spending.selectors import DaySpending, spending_on, today


@admin.register(CardBudget)
class CardBudgetAdmin(admin.ModelAdmin[CardBudget]):
    """Caps and prices by card, with the use that was made of them today."""

    search_fields = ("card__name", "card__slug")
    list_select_related = ("card",)
    fields = (
        "card",
        ("battles_a_day", "at_once"),
        "money_a_day",
        ("price_input", "price_output"),
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns; today's use is read once for all rows."""
        used = spending_on(today())
        unused = DaySpending()

        @admin.display(description=gettext_lazy("battles today"))
        def battles(budget: CardBudget) -> str:
            return _share(used.get(budget.pk, unused).battles, budget.battles_a_day)

        @admin.display(description=gettext_lazy("spent today"))
        def money(budget: CardBudget) -> str:
            spent = number_format(used.get(budget.pk, unused).money, 2)
            return _share(spent, budget.money_a_day)

        @admin.display(description=gettext_lazy("tokens today"))
        def tokens(budget: CardBudget) -> str:
            return number_format(used.get(budget.pk, unused).tokens, use_l10n=True)

        return ("card", battles, money, tokens, "at_once", "price_input", "price_output")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the card of a budget that is stored: a budget stays with its card."""
        return ("card",) if obj is not None else ()


def _share(used: Any, most: Any) -> str:
    """Return what is used, and of how much where there is a limit."""
    return str(used) if most is None else f"{used} / {most}"
