"""Reading what is labelled, and what waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from arena.battles.models import FurtherImage, Turn
from arena.battles.selectors.waiting import waiting_votes
from arena.labels.models import LabelSet
from arena.labels.states import PromptCategory

_NAMES = {"no": _("Norwegian"), "zh": _("Chinese")}
"""Languages for which Django has only names of their variants."""


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """A turn as far as its labels depend on it."""

    turn: int
    battle: int
    prompt: str
    sample: str


def unlabelled_battles(limit: int) -> list[int]:
    """Battles whose vote waits for the ledger and that have no labels, in order of the votes."""
    unlabelled = waiting_votes().filter(vote__battle__labels=None)
    return list(unlabelled.values_list("vote__battle_id", flat=True)[:limit])


def asked(battles: Sequence[int]) -> list[AskedTurn]:
    """Return all turns of these battles, the first turn of each battle first."""
    turns = Turn.objects.filter(battle__in=battles).order_by("battle_id", "number")
    further = FurtherImage.objects.filter(turn=OuterRef("pk"))
    rows = turns.annotate(several=Exists(further))
    # A sample beside other pictures says nothing of what the question is about.
    return [
        AskedTurn(turn, battle, prompt, "" if several else sample)
        for turn, battle, prompt, sample, several in rows.values_list(
            "pk", "battle_id", "prompt", "sample", "several"
        )
    ]


def first_turns(battles: Iterable[int]) -> dict[int, int]:
    """Return the turn that a battle's labels are taken from, by battle."""
    turns = Turn.objects.filter(battle__in=battles).order_by("battle_id", "-number")
    return dict(turns.values_list("battle_id", "pk"))


def category_name(value: str) -> str:
    """Return the name that pages show; an operator's own category has no name but its value."""
    return str(PromptCategory(value).label) if value in PromptCategory.values else value


def language_name(code: str) -> str:
    """Return the name in the reader's language, or the code if the name is not known."""
    if code in _NAMES:
        return str(_NAMES[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def categories() -> list[tuple[str, str]]:
    """Value and name: the known ones, then those that operators made up."""
    known = [(str(value), str(name)) for value, name in PromptCategory.choices]
    used = LabelSet.objects.exclude(category="").exclude(category__in=PromptCategory.values)
    own = used.order_by("category").values_list("category", flat=True).distinct()
    return [*known, *((value, value) for value in own)]


def languages() -> list[tuple[str, str]]:
    """Code and name of the languages that battles have been labelled with."""
    used = LabelSet.objects.exclude(language="").order_by("language")
    codes = used.values_list("language", flat=True).distinct()
    return [(code, language_name(code)) for code in codes]
