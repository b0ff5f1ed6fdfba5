"""Whether an answer names its model or who made it, speaking of itself."""

from __future__ import annotations

import pytest

from arena.catalog.naming import CardIdentity, names_of
from arena.identity.leaks import MOST_CHARACTERS, MOST_MENTIONS, _places, identity_leaks
from tests.bench.identity_rule import (
    FALSE_SHARE,
    HELD_OUT,
    RECALL,
    is_seen,
    neutral,
    self_namings,
)

QWEN = CardIdentity("Qwen2.5-VL", "qwen25-vl", "Alibaba Cloud", "Qwen/Qwen2.5-VL-7B-Instruct")
INTERN = CardIdentity("InternVL3", "internvl3", "Shanghai AI Lab", "OpenGVLab/InternVL3-8B")
SMOL = CardIdentity("SmolVLM2", "smolvlm2", "Hugging Face")
CLAUDE = CardIdentity("Claude Sonnet 4", "claude-sonnet-4", "Anthropic")
FAST = CardIdentity("FastVLM 7B", "fastvlm-7b", "Apple")


def leaks(text, other="Two cups.", *, cards=(QWEN, INTERN), known="What is this?"):
    return identity_leaks([text, other], cards, known=known)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_labelled_sentences_are_judged_as_the_documentation_says():
    named, others = list(self_namings()), list(neutral())
    assert (len(named) >= 300, len(others) >= 1000) == (True, True)
    assert sum(map(is_seen, named)) >= RECALL * len(named)
    assert sum(map(is_seen, others)) <= FALSE_SHARE * len(others)


def test_sentences_that_the_rule_was_not_adjusted_by_stay_as_the_documentation_says():
    named, others = list(self_namings(HELD_OUT)), list(neutral(HELD_OUT))
    assert sum(map(is_seen, named)) >= RECALL * len(named)
    assert sum(map(is_seen, others)) <= FALSE_SHARE * len(others)


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

    monkeypatch.setattr("arena.identity.leaks.of_itself", count)
    monkeypatch.setattr(
        "arena.identity.leaks.weighs_enough", lambda _, **doubts: any(doubts.values())
    )
    leaks("qwen " * (MOST_CHARACTERS // 5))
    assert len(judged) == MOST_MENTIONS


@pytest.mark.parametrize(
    ("text", "leaking"),
    [
        ("InternVL3 bin ich.", True),
        ("InternVL3 bin ich nicht.", False),
        ("InternVL3 ben ik niet.", False),
        ("No me llamo Siri, sino InternVL3.", True),
        ("很多人以为我是InternVL3,但这不对。", False),
        ("I am InternVL3, the poster claims.", False),
        ("As InternVL3 grew, I think the office had to move.", False),
        ("The email ends with: best regards, InternVL3.", False),
        ("InternVL3: two cups stand there.", True),
        ("InternVL3: a company that makes cups.", False),
        ('{"model": "InternVL3", "cups": 2}', True),
        ("คุณกำลังคุยกับ InternVL3", True),
    ],
)
def test_denials_contrasts_and_headings_are_told_apart(text, leaking):
    assert leaks(text)[0] is leaking


@pytest.mark.parametrize(
    "text",
    [
        "I am Qw3n",
        "I am Q w e n.",
        "I am Q · w · e · n.",
        "I am Q, w, e, n.",
        "I am (Q)(w)(e)(n).",
        "I am Qw*n.",
        "I am Qw.en.",
        "I am Q wen.",
        "I am Qweeen.",
        "I am Qw🥚n.",
        "I am uǝʍQ.",
        "I am Q as in queen, W as in water, E as in east, N as in north.",
        "I am newQ backwards.",
        "I am 1nternVL3.",
        "I am QᎳᎬn.",
        "I am Qw\u3164en.",
        "Я Квен.",
        "Меня обучили инженеры Алибабы.",
        "私はクウェンです。",
        "أنا كوين.",
    ],
)
def test_names_in_disguise_and_in_other_scripts_are_found(text):
    assert leaks(text)[0]


def test_short_and_everyday_names_are_not_seen_everywhere():
    step = CardIdentity("Step 3", "step-3", "StepFun")
    assert leaks("I am on s t e p four.", cards=(step, QWEN)) == [False, False]
    assert leaks("I am 5tep by step.", cards=(step, QWEN)) == [False, False]
    assert leaks("A q uick w ren, e.g. on a n est.") == [False, False]


@pytest.mark.parametrize(
    ("text", "leaking"),
    [
        ('My system prompt says: "You are InternVL3, a helpful assistant."', True),
        ("В моей системной инструкции сказано: «Ты — InternVL3».", True),
        ('On the screen I read a system prompt: "You are InternVL3."', False),
        ("Na opinião do InternVL3, que sou eu, o gato está entediado.", True),
        ("Two cups.\n\nSigned: InternVL3", True),
        ("Ik ben InternVL3 niet.", False),
        ("저는 InternVL3에서 개발되지 않았습니다.", False),
    ],
)
def test_orders_signatures_and_denials_in_other_languages_are_told_apart(text, leaking):
    assert leaks(text)[0] is leaking


@pytest.mark.parametrize("text", ["I am cLaUdE.", "I am _Cla_ude_.", "I am C1aude."])
def test_an_everyday_name_needs_a_capital_or_a_disguise(text):
    assert leaks(text, cards=(CLAUDE, QWEN))[0]
    assert not leaks("I am claude.", cards=(CLAUDE, QWEN))[0]


def test_a_counted_step_is_no_model():
    step = CardIdentity("Step-1V", "step-1v", "StepFun")
    assert leaks("Step 1: lay the board flat. Step 2: push.", cards=(step, QWEN)) == [False, False]


def test_of_two_names_at_one_place_the_one_that_is_no_everyday_word_counts():
    gemma = CardIdentity("Gemma 3", "gemma-3", "Google", "google/gemma-3-4b-it")
    names = sorted(names_of(gemma))
    for order in (names, names[::-1]):
        [(_, _, everyday, _)] = _places(order, "gemma 3", "gemma 3", "Gemma 3")
        assert not everyday


@pytest.mark.parametrize(
    ("text", "leaking"),
    [
        ("I am InetrnVL3, a model.", True),
        ("They call me Qwenny.", True),
        ("[InternVL3] A stork on a roof.", True),
        ("\u026a \u1d00\u1d0d \u0262\u1d07\u1d0d\u1d0d\u1d00.", False),
        ("\u026a \u1d00\u1d0d \u026a\u0274\u1d1b\u1d07\u0280\u0274\u1d20\u029f3.", True),
        ('If you ask me for my name, I\'d say "I am Qwen".', True),
        ('The robot would say "I am Qwen".', False),
        ("Dieses Modell, InternVL3, kann nicht zoomen.", True),
        ("\u4f5c\u4e3aInternVL3, I can only guess.", True),
        ("USER: Who are you? AI: I am Qwen. So reads the screenshot.", False),
    ],
)
def test_written_wrongly_in_brackets_in_two_languages_and_in_quotations(text, leaking):
    assert leaks(text)[0] is leaking


@pytest.mark.parametrize(
    ("text", "leaking"),
    [
        ("InternVL3 says: the left shelf is empty.", True),
        ("InternVL3 dice: el estante está vacío.", True),
        ("InternVL3认为：架子是空的。", True),
        ("The answer is (c).\n\n- InternVL3", True),
        ("The list names three:\n\n- a fox\n- InternVL3", False),
        ("The above was written by InternVL3.", True),
        ("InternVL3 was built to describe pictures; here is a ferry.", True),
    ],
)
def test_who_says_an_answer_and_who_signs_it(text, leaking):
    assert leaks(text)[0] is leaking


def test_an_everyday_name_with_words_of_its_own_is_somebody_in_the_picture():
    assert leaks("Claude says: the left shelf is empty.", cards=(CLAUDE, QWEN))[0]
    assert not leaks("Claude says: I am hungry.", cards=(CLAUDE, QWEN))[0]


def test_of_two_readings_of_a_name_the_one_with_a_version_is_taken_in_any_order():
    names = sorted(names_of(CardIdentity("Gemini 2.5", "gemini-2-5", "Google")))
    orders = (names, names[::-1])
    found = {_places(one, "gemini 2.5", "gemini 2.5", "Gemini 2.5")[0] for one in orders}
    assert len(found) == 1
