"""Taking a place in a card's budget before a battle, and settling what its answers have cost.

A place is taken under the lock of the card's row for the day, in the transaction that makes the
battle: as many as there are processes, no more battles are made than the budget has places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from django.db import transaction
from django.db.models import F

from arena.spending import selectors
from arena.spending.models import AnswerCharge, BudgetDay
from arena.spending.selectors import AnswerSize


def take_places(
    cards: Iterable[int], size: AnswerSize, *, live: Callable[[], Mapping[int, int]]
) -> set[int]:
    """Take a place in the budget of each of these cards; return those that have none left.

    Raises TransactionManagementError outside a transaction, which the caller rolls back where any
    card is returned. ``live`` tells how many answers of each card wait or run. Cards are locked in
    the order of their keys, so that two battles never wait for one another.
    """
    limited = selectors.budgets(cards)
    day = selectors.today()
    full = set()
    for card, budget in sorted(limited.items()):
        row = _lock_day(budget.pk, day)
        if (
            (budget.battles_a_day is not None and row.battles >= budget.battles_a_day)
            or (budget.at_once is not None and live().get(budget.pk, 0) >= budget.at_once)
            or selectors.is_short_of_money(budget, size, selectors.committed(budget.pk, day))
        ):
            full.add(card)
        else:
            BudgetDay.objects.filter(pk=row.pk).update(battles=F("battles") + 1)
    return full


def can_afford(cards: Iterable[int], size: AnswerSize) -> bool:
    """Return whether each of these cards has the money for one more attempt at an answer; none of
    a card's money is promised to others until the caller's transaction ends."""
    limited = {
        card: budget
        for card, budget in selectors.budgets(cards).items()
        if budget.money_a_day is not None and budget.has_price
    }
    day = selectors.today()
    for card in sorted(limited):
        _lock_day(card, day)
    return not any(
        selectors.is_short_of_money(budget, size, selectors.committed(card, day))
        for card, budget in limited.items()
    )


def _lock_day(card: int, day: date) -> BudgetDay:
    BudgetDay.objects.bulk_create([BudgetDay(card_id=card, day=day)], ignore_conflicts=True)
    return BudgetDay.objects.select_for_update().get(card=card, day=day)


def reserve(*, generation: int, attempt: int, card: int, size: AnswerSize) -> None:
    """Note the most that an attempt may cost; nothing for a card without a price."""
    budget = selectors.budgets([card]).get(card)
    if budget is None or not budget.has_price:
        return
    charge = AnswerCharge(
        generation=generation,
        attempt=attempt,
        card_id=card,
        day=selectors.today(),
        price_input=budget.price_input,
        price_output=budget.price_output,
        tokens_input=size.tokens_input,
        tokens_output=size.tokens_output,
        reserved=size.cost(budget.price_input, budget.price_output),
    )
    AnswerCharge.objects.bulk_create([charge], ignore_conflicts=True)


@transaction.atomic(savepoint=False)
def settle(*, generation: int, attempt: int, tokens_output: int) -> None:
    """Put the tokens that an attempt has written in place of the most that it might have.

    An attempt is settled once. One that ends without a count, because its worker is gone, stays at
    the most that it may have cost.
    """
    rows = AnswerCharge.objects.filter(generation=generation, attempt=attempt, cost=None)
    charge = rows.first()
    if charge is not None:
        size = AnswerSize(charge.tokens_input, tokens_output)
        cost = size.cost(charge.price_input, charge.price_output)
        rows.update(cost=cost, tokens_output=tokens_output)
