"""Giving turns their labels, and battles their label sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from arena.core.one_line import BREAK
from arena.labels import category, language, selectors
from arena.labels.models import BattleLabels, Label, LabelSet
from arena.labels.selectors import AskedTurn
from arena.labels.states import LabelKind, LabelSource

CHUNK = 500
"""Battles per transaction: other writers wait no longer than for these."""


@dataclass(frozen=True, slots=True)
class TurnFinding:
    """The language and the category that a turn was found to have."""

    language: str
    category: str
    said_by: LabelSource
    preset: bool

    @property
    def label_set(self) -> LabelSet:
        """The one that counts votes on such a turn."""
        return label_set(language=self.language, category=self.category, preset=self.preset)


UNDETERMINED = TurnFinding("", "", LabelSource.RULE, preset=False)


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
        label_chunk(waiting[start : start + CHUNK])
    return len(waiting)


def relabel(*, turns: Iterable[int], kind: LabelKind, value: str) -> int:
    """An operator's label on these turns; returns how many turns had another one.

    Where a turn is its battle's first, the battle's set follows and is marked for the ledger,
    also if its vote isn't folded yet: a fold may be reading the old set just now.
    """
    with transaction.atomic():
        labels = Label.objects.select_for_update().filter(turn__in=turns, kind=kind)
        changed = list(labels.exclude(value=value).select_related("turn"))
        labels.update(value=value, source=LabelSource.OPERATOR)
        battle_of = {label.turn_id: label.turn.battle_id for label in changed}
        firsts = selectors.first_turns(set(battle_of.values())).values()
        move_battles([battle_of[turn] for turn in firsts if turn in battle_of], kind, value)
    return len(changed)


def label_chunk(battles: Sequence[int]) -> None:
    """Library and label sets come before the transaction: the library's first use takes a second,
    and two who insert the same sets in different orders would wait for each other."""
    turns = selectors.asked(battles)
    found = find_labels(turns)
    firsts: dict[int, TurnFinding] = dict.fromkeys(battles, UNDETERMINED)
    for turn in reversed(turns):
        firsts[turn.battle] = found[turn.turn]
    sets = {one: one.label_set.pk for one in set(firsts.values())}
    with transaction.atomic():
        rows = []
        for turn in turns:
            finding = found[turn.turn]
            said = [
                (LabelKind.LANGUAGE, finding.language, LabelSource.LIBRARY),
                (LabelKind.CATEGORY, finding.category, finding.said_by),
            ]
            rows += [Label(turn_id=turn.turn, kind=k, value=v, source=s) for k, v, s in said]
        Label.objects.bulk_create(rows, ignore_conflicts=True)
        BattleLabels.objects.bulk_create(
            [BattleLabels(battle_id=b, labels_id=sets[one]) for b, one in firsts.items()],
            ignore_conflicts=True,
        )


def find_labels(turns: Sequence[AskedTurn]) -> dict[int, TurnFinding]:
    """Return the finding of each turn; one question about one picture is looked at once."""
    alike = {(turn.prompt, turn.sample) for turn in turns}
    found = {}
    for prompt, sample in alike:
        value, said_by = category.find(prompt, sample=sample)
        code = language.of_prompt(prompt)
        found[prompt, sample] = TurnFinding(code, value, said_by, preset=bool(sample))
    return {turn.turn: found[turn.prompt, turn.sample] for turn in turns}


def move_battles(battles: Iterable[int], kind: LabelKind, value: str) -> None:
    """Count these battles under the set that has ``value``."""
    rows = BattleLabels.objects.select_for_update(of=("self",)).select_related("labels")
    moved = list(rows.filter(battle__in=battles))
    for row in moved:
        row.labels, row.stale = label_set(**{**row.labels.facts, kind: value}), True
    BattleLabels.objects.bulk_update(moved, ["labels", "stale"])
