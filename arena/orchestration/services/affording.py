"""Budgets of cards: places for a battle, and the money of each attempt at an answer."""

from __future__ import annotations

from collections.abc import Iterable

from arena.battles.models import Generation
from arena.battles.selectors import reading
from arena.battles.selectors.budgets import answer_size, conversation_size
from arena.spending import services as spending


class NoPlaceLeft(Exception):
    """The budget of a card has no place for another battle; ``cards`` are the keys of those."""

    def __init__(self, cards: set[int]) -> None:
        super().__init__(f"no place left for cards {sorted(cards)}")
        self.cards = cards


def take_places(cards: Iterable[int], prompt: str, *, pictures: int = 1) -> None:
    """Take a place in the budget of each card, in the caller's transaction.

    Raises NoPlaceLeft, which has to end that transaction.
    """
    size = answer_size(prompt, pictures=pictures)
    full = spending.take_places(cards, size, live=reading.live_by_card)
    if full:
        raise NoPlaceLeft(full)


def reserve_attempt(generation: Generation) -> None:
    """Note the most that the attempt which begins now may cost."""
    spending.reserve(
        generation=generation.pk,
        attempt=generation.attempt,
        card=generation.version.card_id,
        size=conversation_size(generation),
    )


def another_attempt_fits(generations: Iterable[Generation]) -> bool:
    """Return whether the budgets of these sides' cards have the money for one more attempt each."""
    sides = list(generations)
    cards = [generation.version.card_id for generation in sides]
    sizes = [conversation_size(generation) for generation in sides]
    largest = max(sizes, key=lambda size: size.tokens_input, default=None)
    return largest is None or spending.can_afford(cards, largest)
