"""The rules for categories, on prompts whose category a reader has said before."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from arena.battles.selectors.samples import shipped_samples
from arena.labels import category
from arena.labels.states import LabelSource, PromptCategory

PROMPTS = tomllib.loads((Path(__file__).parent / "categorised.toml").read_text(encoding="utf-8"))
RULES = tomllib.loads(category.RULES.read_text(encoding="utf-8"))
PAIRS = [(prompt, name) for name, prompts in PROMPTS.items() for prompt in prompts]


@pytest.mark.parametrize(("prompt", "name"), PAIRS)
def test_a_prompt_gets_the_category_that_a_reader_would_give_it(prompt, name):
    assert category.of_prompt(prompt) == name


def test_each_category_of_the_rules_is_known_and_has_prompts_to_be_judged_by():
    assert set(RULES["phrases"]) <= set(PromptCategory.values)
    assert set(RULES["phrases"]) == set(PROMPTS) - {""}


def test_each_sample_that_is_shipped_has_a_known_category():
    families = RULES["samples"]["families"]
    assert {row["category"] for row in shipped_samples().values()} == set(families)
    assert {*families.values(), *RULES["samples"]["unless"]} <= set(PromptCategory.values)


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


@pytest.mark.parametrize(
    ("sample", "name"),
    [("shapes-00", "shapes"), ("charts-281474976710655", "diagram"), ("text-7", "ocr")],
)
def test_a_sample_labels_itself(sample, name):
    assert category.find("What do you see?", sample=sample) == (name, LabelSource.SAMPLE)


def test_every_prompt_of_a_shipped_sample_leaves_the_label_to_the_sample():
    for sample, row in shipped_samples().items():
        name = RULES["samples"]["families"][row["category"]]
        assert category.find(row["prompt"], sample=sample) == (name, LabelSource.SAMPLE)


def test_what_no_sample_asks_is_told_by_its_words():
    found = category.find("Write a poem about it", sample="charts-04")
    assert found == ("creative_writing", LabelSource.RULE)


@pytest.mark.parametrize("sample", ["", "charts", "gone-99", "-"])
def test_without_a_known_sample_there_are_only_the_words(sample):
    assert category.find("Is it nice?", sample=sample) == ("", LabelSource.RULE)
    assert category.find("How many?", sample=sample) == ("counting", LabelSource.RULE)
