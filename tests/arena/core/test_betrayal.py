"""Does an answer name its model?"""

from __future__ import annotations

import pytest

from arena.core.betrayal import FAMILIES, betrays

NAMES = ("Tern Small", "tern-small", "Blue Heron Labs", "palm", "Ra", "")


@pytest.mark.parametrize(
    "text",
    [
        "I am Tern Small.",
        "i am TERN SMALL",
        "I'm tern-small, an AI.",
        "Made by Blue Heron Labs.",
        "**OpenAI** made me",
        "I am ChatGPT",
        "(GPT-4o)",
        "As Qwen, created by Alibaba Cloud, I",
        "llava",
        "Palm.",
    ],
)
def test_an_answer_that_names_itself_is_found(text):
    assert betrays(text, NAMES)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_found_inside_a_sentence(family):
    assert betrays(f"Well, I was trained as {family.upper()}, you see.", ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A red circle left of a blue square.",
        "A soldier in napalm smoke",
        "palms on a beach",
        "The letters R and A: Ra was a god.",
        "a small tern",
        "gpt",
        "openairport",
        "The molmol is a dance",
        "7",
    ],
)
def test_an_answer_about_a_picture_is_not(text):
    assert not betrays(text, NAMES)


def test_names_are_not_patterns():
    assert not betrays("aaaa", ["a+a+", ".*.*"])
    assert betrays("it is a+a+ indeed", ["a+a+"])


def test_without_any_name_an_empty_catalogue_betrays_nothing():
    assert not betrays("nothing at all", ["", " ", "abc"])
