"""Names of languages and categories, and what waits for labels."""

from __future__ import annotations

import pytest
from django.utils import translation

from arena.labels import language, selectors
from arena.labels.services import label_battles, label_set


@pytest.mark.parametrize(
    ("code", "name"),
    [("de", "German"), ("no", "Norwegian"), ("zh", "Chinese"), ("gu", "gu")],
)
def test_languages_have_names_where_they_are_known(code, name):
    assert selectors.language_name(code) == name


def test_languages_are_named_in_the_readers_language():
    with translation.override("de"):
        assert selectors.language_name("fr") == "Französisch"


def test_nearly_every_language_has_a_name():
    without = {code for code in language.LANGUAGES if selectors.language_name(code) == code}
    assert len(without) <= 5


def test_known_categories_have_names_and_others_are_their_own():
    assert selectors.category_name("ocr") == "Reading text"
    assert selectors.category_name("kittens") == "kittens"
    assert selectors.category_name("") == ""


def test_known_categories_come_before_those_that_operators_made_up(db):
    for value in ("zebras", "kittens", "ocr"):
        label_set(category=value)
        label_set(category=value, language="de")
    values = [value for value, _ in selectors.categories()]
    assert values[-2:] == ["kittens", "zebras"]
    assert values.count("ocr") == 1


def test_languages_on_offer_are_those_in_use(db):
    for code in ("fr", "de"):
        label_set(language=code)
        label_set(language=code, category="ocr")
    assert selectors.languages() == [("de", "German"), ("fr", "French")]


def test_what_waits_is_found_in_two_queries(asked, django_assert_num_queries):
    battles = [asked("What is this?").pk for _ in range(3)]
    with django_assert_num_queries(2):
        assert selectors.unlabelled_battles(2) == battles[:2]
    label_battles(10)
    assert selectors.unlabelled_battles(2) == []


def test_turns_come_with_the_first_one_first(asked, follow_up):
    battle = asked("What is this?")
    follow_up(battle, "And that?")
    assert [turn.prompt for turn in selectors.asked([battle.pk])] == ["What is this?", "And that?"]
    assert selectors.first_turns([battle.pk]) == {battle.pk: battle.turns.get(number=0).pk}
