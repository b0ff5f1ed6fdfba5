"""What a model can be called."""

from __future__ import annotations

import pytest

from arena.catalog.naming import CardIdentity, everyday_names, names_of


def texts(*identity):
    return {name.text for name in names_of(CardIdentity(*identity))}


@pytest.mark.parametrize(
    ("identity", "names"),
    [
        (("Qwen2.5-VL 7B Instruct",), {"Qwen2.5-VL", "Qwen", "通义千问", "Alibaba Cloud"}),
        (("InternVL3",), {"InternVL3", "InternVL", "Shanghai AI Lab"}),
        (
            ("Tern Small", "tern-small", "Blue Heron Labs"),
            {"Tern Small", "Tern", "Blue Heron Labs"},
        ),
        (("Ours", "ours", "", "HuggingFaceTB/SmolVLM2-2.2B-Instruct"), {"SmolVLM", "Hugging Face"}),
        (("Any", "any", "Google DeepMind"), {"Gemini", "Gemma", "Google"}),
    ],
)
def test_a_card_has_its_names_its_familys_and_its_makers(identity, names):
    assert names <= texts(*identity)


@pytest.mark.parametrize("name", ["Model-1", "Vision Model", "A", "", "Chat", "AI Assistant 7B"])
def test_words_that_any_model_says_of_itself_are_no_names(name):
    assert texts(name) == set()


def test_a_family_is_not_found_inside_another_word():
    assert "Yi" not in texts("Flying Fish")
    assert "GPT" not in texts("EGPTA")


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (("Otter",), ["Otter"]),
        (("FastVLM 7B", "", "Apple"), ["Apple"]),
        (("Gemini 2.5",), ["Gemini"]),
        (("Blue Heron Small",), ["Blue Heron", "Blue Heron Small"]),
        (("Qwen2.5-VL", "", "Alibaba"), []),
        (("InternVL3", "", "Shanghai AI Lab"), []),
    ],
)
def test_everyday_words_among_the_names_are_told(identity, words):
    assert everyday_names(CardIdentity(*identity)) == words


def test_a_plain_word_is_everyday_for_the_rule_though_no_list_has_it():
    names = {name.text: name.everyday for name in names_of(CardIdentity("Qurn"))}
    assert names["Qurn"]
    assert not next(n for n in names_of(CardIdentity("Qurn-7B")) if n.text == "Qurn-7B").everyday
