"""The boards that an arena starts with; an operator changes them as they like."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop, override

from arena.labels.states import Category
from arena.leaderboard import selectors
from arena.leaderboard.models import Board

POOLED = {"parameters": {"pooled": True}}
BOARDS: dict[str, dict[str, Any]] = {
    selectors.OVERALL: {"name": gettext_noop("Overall")},
    "last-30-days": {"name": gettext_noop("Last 30 days"), "days": 30},
    "own-pictures": {"name": gettext_noop("Without sample pictures"), "without_presets": True},
    "equal-style": {"name": gettext_noop("At equal style"), "method": "style_controlled"},
    "by-voter": {"name": gettext_noop("Errors by voter"), "by_voter": True},
    "english": {"name": gettext_noop("English"), "language": "en", **POOLED},
    "german": {"name": gettext_noop("German"), "language": "de", **POOLED},
}
"""By slug. A board without a vote is not listed, so more of them than votes cost nothing."""


def fill_boards() -> list[str]:
    """Make those that are missing; the slugs of what was made. Others stay as they are."""
    given = {**BOARDS, **{_slug(one): _of_category(one) for one in Category}}
    places = ((slug, {"position": i, **fields}) for i, (slug, fields) in enumerate(given.items()))
    made = [(slug, Board.objects.get_or_create(slug=slug, defaults=one)) for slug, one in places]
    return [slug for slug, (_, new) in made if new]


def _slug(category: Category) -> str:
    return category.value.replace("_", "-")


def _of_category(category: Category) -> dict[str, Any]:
    # Names are stored in English and translated where they are shown.
    return {"name": _english(category), "category": category.value, **POOLED}


def _english(category: Category) -> str:
    with override("en"):
        return str(category.label)
