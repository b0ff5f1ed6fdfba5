"""The cards that no battle may be drawn for now, because their budgets have no place left."""

from __future__ import annotations

from django.conf import settings

from arena.battles.models import Generation
from arena.battles.selectors.conversation import earlier_turns
from arena.battles.selectors.reading import live_by_card
from arena.spending import selectors as spending
from arena.spending.selectors import AnswerSize


def answer_size(prompt: str = "", *, pictures: int = 1) -> AnswerSize:
    """Return the tokens that an answer to this prompt with so many pictures may take at most."""
    most = settings.ANSWER_MAX_TOKENS + settings.ANSWER_MAX_REASONING_TOKENS
    return AnswerSize.bounded(prompt, most_output=most, pictures=pictures)


def conversation_size(generation: Generation) -> AnswerSize:
    """Return the tokens that a side's answer may take at most: it reads the whole conversation."""
    turn = generation.turn
    earlier = earlier_turns(generation)
    words = (word for one in earlier for word in (one.prompt, one.answer))
    pictures = len(turn.images) + sum(len(one.images) for one in earlier)
    return answer_size("\n".join((*words, turn.prompt)), pictures=pictures)


def cards_used_up(prompt: str = "", *, pictures: int = 1) -> set[int]:
    """Return the keys of the cards whose budget has no place for a battle with this prompt."""
    return spending.used_up(answer_size(prompt, pictures=pictures), live_by_card)
