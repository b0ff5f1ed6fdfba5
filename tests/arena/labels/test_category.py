"""The rules for categories, on prompts whose category a reader has said before."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from arena.battles.selectors import samples
from arena.labels import category
from arena.labels.states import Category, Source

PROMPTS = tomllib.loads((Path(__file__).parent / "categorised.toml").read_text(encoding="utf-8"))
RULES = tomllib.loads(category.RULES.read_text(encoding="utf-8"))
PAIRS = [(prompt, name) for name, prompts in PROMPTS.items() for prompt in prompts]
SAMPLE = {"sample_prompt": "Which bar is tallest?", "family": "charts"}


@pytest.mark.parametrize(("prompt", "name"), PAIRS)
def test_a_prompt_gets_the_category_that_a_reader_would_give_it(prompt, name):
    assert category.of_prompt(prompt) == name


def test_each_category_of_the_rules_is_known_and_has_prompts_to_be_judged_by():
    assert set(RULES["phrases"]) <= set(Category.values)
    assert set(RULES["phrases"]) == set(PROMPTS) - {""}


def test_each_sample_that_is_shipped_has_a_known_category():
    families = {row["category"] for row in samples().values()}
    assert {category.of_sample(family) for family in families} <= set(Category.values)


def test_every_phrase_is_found_in_itself():
    for name, phrases in RULES["phrases"].items():
        for phrase in phrases:
            plain = phrase.replace("*", "").replace(" ... ", " this old ")
            earlier = list(RULES["phrases"])[: list(RULES["phrases"]).index(name) + 1]
            assert category.of_prompt(plain) in earlier, phrase


@pytest.mark.parametrize("prompt", ["HOW MANY?", "how\nmany?", "...how many...", "ZÄHLE ALLE!"])
def test_case_line_breaks_and_marks_do_not_matter(prompt):
    assert category.of_prompt(prompt) == "counting"


def test_letters_composed_of_two_characters_are_the_same_letters():
    assert category.of_prompt("Zähle") == category.of_prompt("Za\N{COMBINING DIAERESIS}hle")


def test_a_gap_is_four_words_at_most():
    assert category.of_prompt("Write me one very short letter") == "creative_writing"
    assert category.of_prompt("Write down who sent the man this letter") == ""


def test_what_is_asked_far_behind_the_front_is_not_read():
    assert category.of_prompt("word " * 300 + "how many?") == ""


def test_a_sample_with_its_own_prompt_has_its_own_label():
    found = category.find(prompt="Which bar is tallest?", **SAMPLE)
    assert found == ("diagram", Source.SAMPLE)


def test_another_question_about_a_sample_is_told_by_its_words():
    assert category.find(prompt="Write a poem", **SAMPLE) == ("creative_writing", Source.RULE)


def test_a_question_without_a_category_falls_back_to_the_samples_label():
    assert category.find(prompt="Is it nice?", **SAMPLE) == ("diagram", Source.SAMPLE)


def test_a_family_without_an_equal_keeps_its_name():
    assert category.of_sample("shapes") == "shapes"


def test_an_upload_has_only_its_words():
    assert category.find(prompt="Is it nice?") == ("", Source.RULE)
