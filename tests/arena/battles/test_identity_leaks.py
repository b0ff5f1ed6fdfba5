"""Whether an answer names its model or who made it, speaking of itself."""

from __future__ import annotations

import pytest

from arena.battles.identity_leaks import MOST_CHARACTERS, MOST_MENTIONS, identity_leaks
from arena.catalog.naming import CardIdentity
from tests.bench.identity_rule import FALSE_SHARE, HELD_OUT, RECALL, neutral, self_namings

QWEN = CardIdentity("Qwen2.5-VL", "qwen25-vl", "Alibaba Cloud", "Qwen/Qwen2.5-VL-7B-Instruct")
INTERN = CardIdentity("InternVL3", "internvl3", "Shanghai AI Lab", "OpenGVLab/InternVL3-8B")
SMOL = CardIdentity("SmolVLM2", "smolvlm2", "Hugging Face")
CLAUDE = CardIdentity("Claude Sonnet 4", "claude-sonnet-4", "Anthropic")
FAST = CardIdentity("FastVLM 7B", "fastvlm-7b", "Apple")


def leaks(text, other="Two cups.", *, cards=(QWEN, INTERN), known="What is this?"):
    return identity_leaks([text, other], cards, known=known)


def test_the_labelled_sentences_are_judged_as_the_documentation_says():
    named, others = list(self_namings()), list(neutral())
    assert (len(named) >= 300, len(others) >= 1000) == (True, True)
    assert sum(seen for *_, seen in named) >= RECALL * len(named)
    assert sum(seen for *_, seen in others) <= FALSE_SHARE * len(others)


def test_sentences_that_the_rule_was_not_adjusted_by_stay_as_the_documentation_says():
    named, others = list(self_namings(HELD_OUT)), list(neutral(HELD_OUT))
    assert sum(seen for *_, seen in named) >= 0.93 * len(named)
    assert sum(seen for *_, seen in others) <= FALSE_SHARE * len(others)


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        ("I am Qwen2.5-VL", (QWEN, SMOL)),
        ("As Qwen2-VL, I see two cups.", (QWEN, SMOL)),
        ("I am InternVL3", (INTERN, SMOL)),
        ("I am SmolVLM2.", (INTERN, SMOL)),
    ],
)
def test_names_with_a_version_and_short_forms_are_found(text, cards):
    assert leaks(text, cards=cards) == [True, False]


def test_only_models_of_the_battle_can_be_told():
    assert leaks("A red apple and a green pear.") == [False, False]
    assert leaks("I am Claude, made by Anthropic.") == [False, False]
    assert leaks("I am Claude, made by Anthropic.", cards=(QWEN, CLAUDE)) == [True, False]


def test_fruit_is_no_maker():
    assert leaks("A red apple and a green pear.", cards=(FAST, QWEN)) == [False, False]
    assert leaks("I was made by Apple.", cards=(FAST, QWEN)) == [True, False]


def test_each_answer_is_judged_by_itself():
    assert leaks("Two cups.", "I am InternVL3.") == [False, True]
    assert leaks("I am Qwen.", "I am InternVL3.") == [True, True]


def test_an_answer_that_claims_the_other_models_name_is_a_leak_too():
    """It points the voter at one of both, even if at the wrong one."""
    assert leaks("I am InternVL3.") == [True, False]


def test_what_the_question_holds_tells_nothing():
    assert leaks("Yes, I am Qwen.", known="Are you Qwen?") == [False, False]
    assert leaks("Yes, I am Qwen2.5-VL.", known="are you QWEN?") == [False, False]
    assert leaks("Yes, I was made by Alibaba.", known="Are you Qwen?") == [True, False]


def test_what_both_answers_hold_tells_nothing():
    assert leaks("I am Qwen.", "The word Qwen on a sign.") == [False, False]
    assert leaks("I am Qwen.", "I am Qwen2.5-VL, too.") == [False, False]


@pytest.mark.parametrize(
    "text",
    [
        "I am Q\u200bwen",
        "I am Q**wen**",
        "I am &#81;wen",
        "I am Q\U000e0067wen",
        "I am\n\u202eQ\u202dwen",
        "**I am** Qwen",
        "I am `Qwen`",
        "I am Ｑｗｅｎ",
        "I am Ԛwеn",
        "I am Q-w-e-n",
        "| I am Qwen | b |\n| - | - |",
        "> # I am Qwen",
        "```\nI am Qwen\n```",
        "$$I am Qwen$$",
    ],
)
def test_what_the_reader_sees_is_judged(text):
    assert leaks(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I am a\n\nQwen logo",
        'The sign says "I am Qwen".',
        "In the screenshot:\n\nI am Qwen.",
        "I am not Qwen. InternVL3 is another model.",
        "Qwenya, qwenly and antiqwen: I am sure",
    ],
)
def test_what_is_read_denied_or_another_word_is_no_leak(text):
    assert leaks(text) == [False, False]


@pytest.mark.parametrize(
    "text",
    [
        "A dog runs. Alibaba does not allow me to guess its breed.",
        "According to Alibaba's policies, I am not allowed to say who he is.",
        "Two boats at a pier.\n\nBest regards,\nQwen",
        "Who am I? Qwen, a model.",
        "I am not ChatGPT but Qwen.",
        "The image shows a dog, but I'm Qwen and don't know the breed.",
        "I can't tell who he is, because I am Qwen.",
    ],
)
def test_ownership_signatures_and_contrasts_name_the_speaker(text):
    assert leaks(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "Some users think that I am Qwen.",
        "I can neither confirm nor deny that I am Qwen.",
        "Ich habe keine Beweise dafür, dass ich Qwen bin.",
        "Le robot dit : je suis Qwen.",
        "On the door: My name is Qwen.",
        "Transcription:\n\n> I am Qwen.",
        "Which one is best? Qwen.",
        "As Qwen states on its page, I need an account.",
        "我是Qwen的粉丝。",
    ],
)
def test_what_is_doubted_said_by_others_or_of_a_relation_is_no_leak(text):
    assert leaks(text) == [False, False]


def test_names_are_not_patterns():
    odd = CardIdentity("a+a+ (x|y)*", "a-a", ".*")
    assert leaks("aaaa is what I am", cards=(odd, QWEN)) == [False, False]


@pytest.mark.parametrize(
    "piece",
    [
        "Qwen ",
        "Qwen, ",
        '"Qwen',
        "I am ",
        "我是",
        "as ",
        "q-",
        "qwen2.5.",
        "\ufdfa",
        "([",
        "I'm an AI ",
        "qwen'",
        "私は" * 70 + "qwen",
        "the policy of qwen i can't ",
    ],
)
def test_a_long_hostile_answer_is_judged(piece):
    text = piece * (MOST_CHARACTERS // len(piece))
    assert leaks(text, text) == [False, False]
    assert leaks(f"I am Qwen. {text}")[0]


def test_an_answer_of_names_alone_is_judged_at_its_ends(monkeypatch):
    judged = []

    def count(mention):
        judged.append(mention)
        return False

    monkeypatch.setattr("arena.battles.identity_leaks.of_itself", count)
    leaks("qwen " * (MOST_CHARACTERS // 5))
    assert len(judged) == MOST_MENTIONS
