"""Giving turns their labels, and battles their label sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from arena.core.one_line import BREAK
from arena.labels import category, language, selectors
from arena.labels.models import BattleLabels, Label, LabelSet
from arena.labels.selectors import Asked
from arena.labels.states import Kind, Source

CHUNK = 500
"""Battles per transaction: other writers wait no longer than for these."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a turn was found to be."""

    language: str
    category: str
    said_by: Source
    preset: bool

    @property
    def label_set(self) -> LabelSet:
        """The one that counts votes on such a turn."""
        return label_set(language=self.language, category=self.category, preset=self.preset)


UNDETERMINED = Finding("", "", Source.RULE, preset=False)


def label_set(*, language: str = "", category: str = "", preset: bool = False) -> LabelSet:
    """The one row of these three; all left out, it stands for not labelled.

    Raises ValueError for a line break, which the database refuses, too.
    """
    if BREAK in language + category:
        raise ValueError("a label is one line")
    found, _ = LabelSet.objects.get_or_create(language=language, category=category, preset=preset)
    return found


def label_battles(limit: int) -> int:
    """Label up to ``limit`` battles whose vote waits for the ledger; returns how many had none.

    What is labelled already stays as it is, also if an operator or another process is faster.
    """
    waiting = selectors.unlabelled_battles(limit)
    for start in range(0, len(waiting), CHUNK):
        _label(waiting[start : start + CHUNK])
    return len(waiting)


def relabel(*, turns: Iterable[int], kind: Kind, value: str) -> int:
    """An operator's label on these turns; returns how many turns had another one.

    Where a turn is its battle's first, the battle's set follows and is marked for the ledger,
    also if its vote isn't folded yet: a fold may be reading the old set just now.
    """
    with transaction.atomic():
        labels = Label.objects.select_for_update().filter(turn__in=turns, kind=kind)
        changed = list(labels.exclude(value=value).select_related("turn"))
        labels.update(value=value, source=Source.OPERATOR)
        battle_of = {label.turn_id: label.turn.battle_id for label in changed}
        firsts = selectors.first_turns(set(battle_of.values())).values()
        _move([battle_of[turn] for turn in firsts if turn in battle_of], kind, value)
    return len(changed)


def _label(battles: Sequence[int]) -> None:
    """Library and label sets come before the transaction: the library's first use takes a second,
    and two who insert the same sets in different orders would wait for each other."""
    turns = selectors.asked(battles)
    found = _findings(turns)
    firsts: dict[int, Finding] = dict.fromkeys(battles, UNDETERMINED)
    for turn in reversed(turns):
        firsts[turn.battle] = found[turn.turn]
    sets = {one: one.label_set.pk for one in set(firsts.values())}
    with transaction.atomic():
        rows = [label for turn in turns for label in _labels(turn, found[turn.turn])]
        Label.objects.bulk_create(rows, ignore_conflicts=True)
        BattleLabels.objects.bulk_create(
            [BattleLabels(battle_id=b, labels_id=sets[one]) for b, one in firsts.items()],
            ignore_conflicts=True,
        )


def _findings(turns: Sequence[Asked]) -> dict[int, Finding]:
    """By turn; the same question about the same picture is looked at once."""
    alike = {(turn.prompt, turn.sample) for turn in turns}
    found = {(prompt, sample): _find(prompt, sample) for prompt, sample in alike}
    return {turn.turn: found[turn.prompt, turn.sample] for turn in turns}


def _find(prompt: str, sample: str) -> Finding:
    value, said_by = category.find(prompt, sample=sample)
    return Finding(language.of_prompt(prompt), value, said_by, preset=bool(sample))


def _labels(turn: Asked, found: Finding) -> list[Label]:
    said = [
        (Kind.LANGUAGE, found.language, Source.LIBRARY),
        (Kind.CATEGORY, found.category, found.said_by),
    ]
    return [Label(turn_id=turn.turn, kind=k, value=v, source=s) for k, v, s in said]


def _move(battles: Iterable[int], kind: Kind, value: str) -> None:
    """Count these battles under the set that has ``value``."""
    rows = BattleLabels.objects.select_for_update(of=("self",)).select_related("labels")
    moved = list(rows.filter(battle__in=battles))
    for row in moved:
        row.labels, row.stale = label_set(**{**row.labels.facts, kind: value}), True
    BattleLabels.objects.bulk_update(moved, ["labels", "stale"])
