"""What the tables of labels hold, and what they refuse."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from arena.battles.models import Turn
from arena.labels.models import BattleLabels, Label, LabelSet
from arena.labels.services import label_battles, label_set

FIELDS = {
    LabelSet: {"id", "language", "category", "preset"},
    Label: {"id", "turn", "kind", "value", "source", "created_at"},
    BattleLabels: {"battle", "labels", "stale"},
}


@pytest.fixture
def labelled(asked):
    battle = asked("Wie viele Sterne siehst du?")
    label_battles(10)
    return battle


@pytest.mark.parametrize("model", FIELDS)
def test_labels_hold_no_content(model):
    assert {field.name for field in model._meta.concrete_fields} == FIELDS[model]


def test_labels_outlive_the_text_that_they_were_made_from(labelled):
    Turn.objects.update(prompt="")
    assert BattleLabels.objects.get().labels.category == "counting"
    assert set(Label.objects.values_list("value", flat=True)) == {"de", "counting"}


def test_a_turn_has_one_label_of_a_kind(labelled):
    again = Label(turn=labelled.turns.get(), kind="category", value="ocr", source="rule")
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


@pytest.mark.parametrize("wrong", [{"kind": "mood"}, {"source": "guess"}])
def test_kinds_and_sources_are_closed_sets(labelled, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Label.objects.filter(kind="category").update(**wrong)


def test_a_set_with_battles_stays(labelled):
    with pytest.raises(ProtectedError):
        BattleLabels.objects.get().labels.delete()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "-"),
        ({"language": "de"}, "de"),
        ({"language": "de", "category": "ocr", "preset": True}, "de ocr preset"),
    ],
)
def test_a_set_is_told_in_words(db, facts, words):
    assert str(label_set(**facts)) == words


def test_rows_name_themselves(labelled):
    assert str(BattleLabels.objects.get()) == f"{labelled.pk}: de counting"
    label = Label.objects.get(kind="language")
    assert str(label) == f"{label.turn_id}: language de"
