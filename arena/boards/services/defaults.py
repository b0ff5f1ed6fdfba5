"""The boards that an arena starts with; an operator changes them as they like."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop, override

from arena.boards.models import Board
from arena.boards.selectors import OVERALL
from arena.labels.states import PromptCategory

POOLED = {"parameters": {"pooled": True}}
BOARDS: dict[str, dict[str, Any]] = {
    OVERALL: {"name": gettext_noop("Overall")},
    "last-30-days": {"name": gettext_noop("Last 30 days"), "days": 30},
    "own-pictures": {"name": gettext_noop("Without sample pictures"), "without_presets": True},
    "equal-style": {"name": gettext_noop("Style taken out"), "method": "style_controlled"},
    "by-voter": {"name": gettext_noop("Careful with frequent voters"), "by_voter": True},
    "english": {"name": gettext_noop("English"), "language": "en", **POOLED},
    "german": {"name": gettext_noop("German"), "language": "de", **POOLED},
}
"""The first boards by slug. A board without a vote is not listed, so many of them do no harm."""


def fill_boards() -> list[str]:
    """Make those that are missing; the slugs of what was made. Others stay as they are."""
    with override("en"):
        by_category = {
            one.value.replace("_", "-"): {"name": str(one.label), "category": one.value, **POOLED}
            for one in PromptCategory
        }
    given = {**BOARDS, **by_category}
    places = ((slug, {"position": i, **fields}) for i, (slug, fields) in enumerate(given.items()))
    made = [(slug, Board.objects.get_or_create(slug=slug, defaults=one)) for slug, one in places]
    return [slug for slug, (_, new) in made if new]
