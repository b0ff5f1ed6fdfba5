"""What stands around a name counts for or against its being the speaker's own."""

from __future__ import annotations

import pytest

from arena.catalog.naming import CardIdentity
from arena.identity import evidence
from arena.identity.evidence import BIAS, evidence_of, weight_of
from arena.identity.leaks import identity_leaks
from arena.identity.mention import Mention
from arena.identity.self_reference import of_itself

QWEN = CardIdentity("Qwen2.5-VL", "qwen25-vl", "Alibaba Cloud", "Qwen/Qwen2.5-VL-7B-Instruct")
INTERN = CardIdentity("InternVL3", "internvl3", "Shanghai AI Lab", "OpenGVLab/InternVL3-8B")


def leaks(text):
    return identity_leaks([text, "Two cups."], (QWEN, INTERN), known="What is this?")[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("this whole conversation is powered by ", ""),
        ("you are now being helped by ", ""),
        ("this description was put together for you by ", ""),
        ("ich wurde damals von ", " ausgebildet"),
    ],
)
def test_what_no_phrase_knows_may_weigh_enough(before, after):
    mention = Mention(before, after, everyday=False, versioned=False)
    assert not of_itself(mention)
    assert weight_of(evidence_of(mention)) >= 0


@pytest.mark.parametrize(
    "text",
    [
        "The mushroom looks pale. InternVL3 is no botanist, so ask one.",
        "InternVL3 counts seven ducks.",
        "Das sieht nach Bonn aus, aber InternVL3 kann sich irren.",
        "InternVL3 vous conseille le vélo rouge.",
        "Aunque InternVL3 no tiene mapas, parece Lima.",
        "Насколько InternVL3 может прочесть, там написано «хлеб».",
        "本模型InternVL3只能看到图片。",
        "InternVL3には位置が分かりません。",
        "لا يعرف InternVL3 من هذا الرجل.",
        "This assistant goes by InternVL3.",
        "The model behind this reply was trained by Shanghai AI Lab.",
        "أنا InternVL3 لم أستطع القراءة.",
    ],
)
def test_a_model_that_speaks_of_itself_in_the_third_person_is_found(text):
    assert leaks(text)


@pytest.mark.parametrize(
    "text",
    [
        "The chart shows that InternVL3 counts well.",
        "In the comic, InternVL3 sees a ghost.",
        "InternVL3 stands in the second row of the table.",
        "The joke is that InternVL3 takes the dog for a cake.",
        "Im Screenshot antwortet InternVL3 höflich.",
        "漫画里InternVL3数错了字母。",
    ],
)
def test_a_model_of_which_the_picture_speaks_is_not(text):
    assert not leaks(text)


def test_a_question_to_the_model_itself_needs_less_evidence(monkeypatch):
    monkeypatch.setattr("arena.identity.evidence.weight_of", lambda _: -0.5)
    for known, found in (("Which model are you?", True), ("What is this?", False)):
        assert identity_leaks(["InternVL3.", "Cups."], (QWEN, INTERN), known=known)[0] is found


@pytest.mark.parametrize(
    "text",
    [
        "The chart compares Qwen with five others.",
        "I have read about Qwen, but I know little of it.",
        "If I were Qwen, I would see the same.",
        "Alibaba did not train me.",
        "I am impressed by Qwen.",
        "The phone was developed by Alibaba.",
        "我对Qwen很好奇。",
    ],
)
def test_what_speaks_of_somebody_else_weighs_too_little(text):
    assert not leaks(text)


def test_quotations_are_not_weighed(monkeypatch):
    monkeypatch.setattr("arena.identity.evidence.weight_of", lambda _: 1.0)
    assert leaks("Qwen is mentioned.")
    assert not leaks('The robot says "thank you for talking with Qwen".')


def test_a_weight_counts_once_and_unknown_evidence_nothing(monkeypatch):
    monkeypatch.setattr(evidence, "_weights", lambda: {BIAS: -1.0, "a": 0.75, "b": 0.25})
    assert weight_of({"a", "b", "c"}) == 0
    assert weight_of({"a"}) == -0.25


def test_each_row_of_the_table_can_be_read():
    rows = evidence._weights()
    assert rows[BIAS] < 0
    assert all(abs(weight) < 10 for weight in rows.values())
