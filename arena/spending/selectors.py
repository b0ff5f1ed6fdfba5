"""Reading budgets: who has one, what is left of it today, what was spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Self

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from arena.spending.models import AnswerCharge, BudgetDay, CardBudget

MILLION = 1_000_000
"""Prices are of a million tokens, and costs are stored in millionths: a token costs its price."""


PICTURE_TOKENS = 3000
"""Tokens that a picture is taken for: what the picture of a large model at a hosted endpoint takes
at most. Endpoints don't tell what they have read."""
CHARACTERS_A_TOKEN = 2
"""Fewer than any tokenizer needs on average: an estimate that is never too low."""


@dataclass(frozen=True, slots=True)
class AnswerSize:
    """The tokens that an answer may read and write at most."""

    tokens_input: int
    tokens_output: int

    @classmethod
    def bounded(cls, prompt: str, *, most_output: int, pictures: int = 1) -> Self:
        """Return the size of an answer to a prompt with so many pictures."""
        seen = PICTURE_TOKENS * pictures
        return cls(len(prompt) // CHARACTERS_A_TOKEN + seen + 1, most_output)

    def cost(self, price_input: Decimal, price_output: Decimal) -> int:
        """Return what it costs at most in millionths, rounded up."""
        cost = self.tokens_input * price_input + self.tokens_output * price_output
        return int(cost.to_integral_value(rounding=ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class DaySpending:
    """The use that a card has made of its budget on a day."""

    battles: int = 0
    answers: int = 0
    tokens: int = 0
    millionths: int = 0

    @property
    def money(self) -> float:
        """Return what was spent, in the currency of the prices."""
        return self.millionths / MILLION


def today() -> date:
    """Return the day that budgets count by, which is that of UTC."""
    return datetime.now(UTC).date()


def budgets(cards: Iterable[int] | None = None) -> dict[int, CardBudget]:
    """Return the budgets of these cards, or all of them, by the card's key."""
    rows = CardBudget.objects.all() if cards is None else CardBudget.objects.filter(pk__in=cards)
    return {budget.pk: budget for budget in rows}


def spending_on(day: date) -> dict[int, DaySpending]:
    """Return what each card with a budget has used on a day, by the card's key. Two queries."""
    battles = dict(BudgetDay.objects.filter(day=day).values_list("card", "battles"))
    rows = AnswerCharge.objects.filter(day=day).order_by().values_list("card")
    tokens = Sum(F("tokens_input") + F("tokens_output"))
    sums = {
        card: (answers, read_and_written, cost)
        for card, answers, read_and_written, cost in rows.annotate(
            Count("pk"), tokens=tokens, cost_so_far=Sum(Coalesce("cost", "reserved"))
        )
    }
    return {
        card: DaySpending(battles.get(card, 0), *sums.get(card, (0, 0, 0)))
        for card in battles.keys() | sums.keys()
    }


def committed(card: int, day: date) -> int:
    """Return the cost of a card's answers of a day in millionths; one that has not ended counts as
    much as it may cost."""
    rows = AnswerCharge.objects.filter(card=card, day=day)
    total: int | None = rows.aggregate(sum=Sum(Coalesce("cost", "reserved")))["sum"]
    return total or 0


def is_short_of_money(budget: CardBudget, size: AnswerSize, spent: int) -> bool:
    """Return whether an answer of this size may cost more than what ``spent`` millionths leave."""
    if budget.money_a_day is None or not budget.has_price:
        return False
    cost = size.cost(budget.price_input, budget.price_output)
    return spent + cost > int(budget.money_a_day * MILLION)


def used_up(size: AnswerSize, live: Callable[[], Mapping[int, int]]) -> set[int]:
    """Return the keys of the cards that have no place left for a battle whose answers are at most
    of this size. ``live`` tells how many answers of each card wait or run.

    One query where no card has a budget, else four.
    """
    limited = budgets()
    if not limited:
        return set()
    used, running, unused = spending_on(today()), live(), DaySpending()

    def is_full(card: int, budget: CardBudget) -> bool:
        spent = used.get(card, unused)
        if budget.battles_a_day is not None and spent.battles >= budget.battles_a_day:
            return True
        if budget.at_once is not None and running.get(card, 0) >= budget.at_once:
            return True
        return is_short_of_money(budget, size, spent.millionths)

    return {card for card, budget in limited.items() if is_full(card, budget)}
