"""Labels on battles: by themselves before the vote is folded, and by operators."""

from __future__ import annotations

import pytest

from arena.battles.models import Turn, UnfoldedVote, Vote
from arena.battles.selectors.samples import shipped_samples
from arena.labels import category, language, services
from arena.labels.models import BattleLabels, Label, LabelSet
from arena.labels.services import label_battles, label_set, relabel
from arena.labels.states import LabelKind, LabelSource
from tests.arena.at_once import at_once
from tests.factories import make_battle_row, make_vote


def facts(battle):
    return BattleLabels.objects.get(battle=battle).labels.facts


def told(battle, number=0):
    """Value and source by kind."""
    rows = Label.objects.filter(turn__battle=battle, turn__number=number)
    return {label.kind: (label.value, label.source) for label in rows}


def first(battle):
    return battle.turns.get(number=0).pk


def test_a_question_gets_its_language_and_category(asked):
    battle = asked("Wie viele Sterne siehst du?")
    assert label_battles(10) == 1
    assert told(battle) == {"language": ("de", "library"), "category": ("counting", "rule")}
    assert facts(battle) == {"language": "de", "category": "counting", "preset": False}


def test_a_sample_is_a_preset_and_labels_itself(asked):
    name, row = next((n, r) for n, r in shipped_samples().items() if r["category"] == "charts")
    battle = asked(row["prompt"], sample=name)
    label_battles(10)
    assert told(battle)["category"] == ("diagram", "sample")
    assert facts(battle)["preset"] is True


def test_a_sample_that_is_no_longer_shipped_is_still_a_preset(asked):
    battle = asked("How many stars are there?", sample="gone-99")
    label_battles(10)
    assert facts(battle) == {"language": "en", "category": "counting", "preset": True}


def test_what_can_not_be_told_is_labelled_as_undetermined(asked):
    battle = asked("???")
    label_battles(10)
    assert told(battle) == {"language": ("", "library"), "category": ("", "rule")}
    assert facts(battle) == {"language": "", "category": "", "preset": False}


def test_the_first_turn_decides_and_each_turn_has_labels(asked, follow_up):
    battle = asked("What do you see?")
    follow_up(battle, "Und wie viele Menschen sind das genau?")
    label_battles(10)
    assert facts(battle) == {"language": "en", "category": "captioning", "preset": False}
    assert told(battle, 1)["category"] == ("counting", "rule")


def test_only_battles_whose_vote_waits_for_the_ledger_are_labelled(asked):
    folded = asked("What is this?")
    UnfoldedVote.objects.all().delete()
    make_battle_row()
    assert label_battles(10) == 0
    assert not BattleLabels.objects.filter(battle=folded).exists()


def test_what_is_labelled_is_not_labelled_again(asked, monkeypatch):
    asked("What is this?")
    label_battles(10)
    monkeypatch.setattr(category, "find", None)
    assert label_battles(10) == 0


def test_the_oldest_votes_come_first_and_the_limit_holds(asked):
    battles = [asked("What is this?") for _ in range(3)]
    assert [label_battles(2), label_battles(2), label_battles(2)] == [2, 1, 0]
    assert list(BattleLabels.objects.order_by("battle").values_list("battle", flat=True)) == [
        battle.pk for battle in battles
    ]


def test_a_backlog_of_several_chunks_is_labelled_whole(asked, monkeypatch):
    monkeypatch.setattr(services, "CHUNK", 2)
    for _ in range(5):
        asked("What is this?")
    assert label_battles(10) == BattleLabels.objects.count() == 5


def test_the_same_question_is_looked_at_once(asked, monkeypatch):
    seen = []
    monkeypatch.setattr(language, "of_prompt", lambda prompt: seen.append(prompt) or "en")
    for _ in range(3):
        asked("What is this?")
    label_battles(10)
    assert seen == ["What is this?"]


def test_queries_do_not_grow_with_the_battles(asked, django_assert_num_queries):
    for _ in range(20):
        asked("What is this?")
    label_set(language="en", category="entity")
    with django_assert_num_queries(8):
        label_battles(100)


def test_a_failure_of_the_library_leaves_the_language_open(asked, monkeypatch):
    monkeypatch.setattr(language, "_identifier", lambda: object())
    battle = asked("What is this?")
    label_battles(10)
    assert facts(battle) == {"language": "", "category": "entity", "preset": False}


def test_a_battle_without_turns_is_labelled_too(db, asked):
    battle = asked("What is this?")
    Turn.objects.all().delete()
    assert label_battles(10) == 1
    assert facts(battle) == {"language": "", "category": "", "preset": False}


def test_an_operators_label_replaces_the_rules_and_moves_the_battle(asked):
    battle = asked("What is this?")
    label_battles(10)
    assert relabel(turns=[first(battle)], kind=LabelKind.CATEGORY, value="homework") == 1
    assert told(battle)["category"] == ("homework", "operator")
    assert facts(battle) == {"language": "en", "category": "homework", "preset": False}
    assert BattleLabels.objects.get().stale


def test_an_operator_who_agrees_becomes_the_source_and_moves_nothing(asked):
    battle = asked("What is this?")
    label_battles(10)
    assert relabel(turns=[first(battle)], kind=LabelKind.CATEGORY, value="entity") == 0
    assert told(battle)["category"] == ("entity", "operator")
    assert not BattleLabels.objects.get().stale


def test_a_later_turns_label_leaves_the_battle_where_it_is(asked, follow_up):
    battle = asked("What is this?")
    later = follow_up(battle, "How many?")
    label_battles(10)
    assert relabel(turns=[later.pk], kind=LabelKind.LANGUAGE, value="de") == 1
    assert facts(battle)["language"] == "en"
    assert not BattleLabels.objects.get().stale


def test_many_turns_are_relabelled_at_once(asked, django_assert_max_num_queries):
    turns = [first(asked("What is this?")) for _ in range(20)]
    label_battles(100)
    with django_assert_max_num_queries(30):
        assert relabel(turns=turns, kind=LabelKind.CATEGORY, value="ocr") == 20
    assert set(BattleLabels.objects.values_list("labels__category", flat=True)) == {"ocr"}


def test_an_operators_label_is_not_overwritten_by_a_late_labelling(asked):
    battle = asked("What is this?")
    label_battles(10)
    relabel(turns=[first(battle)], kind=LabelKind.CATEGORY, value="ocr")
    services.label_chunk([battle.pk])
    assert told(battle)["category"] == ("ocr", LabelSource.OPERATOR)
    assert facts(battle)["category"] == "ocr"


def test_a_label_set_stands_once(db):
    assert label_set(language="de") == label_set(language="de")
    assert label_set() != label_set(language="de")
    assert LabelSet.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_label_at_once_do_not_disturb_each_other():
    for _ in range(20):
        make_vote()
    results = at_once(label_battles, [100, 100])
    assert max(results) == 20
    assert BattleLabels.objects.count() == Vote.objects.count() == 20
    assert Label.objects.count() == 40
