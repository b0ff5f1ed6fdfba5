"""Reading what is labelled, and what waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Turn, UnfoldedVote
from arena.labels.models import LabelSet
from arena.labels.states import Category

_NAMES = {"no": _("Norwegian"), "zh": _("Chinese")}
"""Where Django has names for forms of a language only."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn as far as its labels depend on it."""

    turn: int
    battle: int
    prompt: str
    sample: str


def unlabelled_battles(limit: int) -> list[int]:
    """Battles whose vote waits for the ledger and that have no labels, in order of the votes."""
    waiting = UnfoldedVote.objects.filter(vote__battle__labels=None).order_by("pk")
    return list(waiting.values_list("vote__battle_id", flat=True)[:limit])


def asked(battles: Sequence[int]) -> list[Asked]:
    """All turns of these battles, each battle's first one first."""
    turns = Turn.objects.filter(battle__in=battles).order_by("battle_id", "number")
    return [Asked(*row) for row in turns.values_list("pk", "battle_id", "prompt", "sample")]


def first_turns(battles: Iterable[int]) -> dict[int, int]:
    """By battle, the turn that its labels are taken from."""
    turns = Turn.objects.filter(battle__in=battles).order_by("battle_id", "-number")
    return dict(turns.values_list("battle_id", "pk"))


def category_name(value: str) -> str:
    """As pages show it; an operator's own category has no other name than its value."""
    return str(Category(value).label) if value in Category.values else value


def language_name(code: str) -> str:
    """In the reader's language, or the code where its name isn't known."""
    if code in _NAMES:
        return str(_NAMES[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def categories() -> list[tuple[str, str]]:
    """Value and name: the known ones, then those that operators made up."""
    known = [(str(value), str(name)) for value, name in Category.choices]
    used = LabelSet.objects.exclude(category="").exclude(category__in=Category.values)
    own = used.order_by("category").values_list("category", flat=True).distinct()
    return [*known, *((value, value) for value in own)]


def languages() -> list[tuple[str, str]]:
    """Code and name of the languages that battles have been labelled with."""
    used = LabelSet.objects.exclude(language="").order_by("language")
    codes = used.values_list("language", flat=True).distinct()
    return [(code, language_name(code)) for code in codes]
