"""The choice of a sample is kept, and goes with the battle into ledger, boards and exports."""

from __future__ import annotations

import base64
from collections import Counter
from random import Random

import pytest
from msgspec.structs import replace

from arena.battles.models import Turn
from arena.battles.selectors.samples import sample_choice, shipped_samples
from arena.core.redis import client
from arena.ledger.selectors.entries import picture_choices
from arena.samples.services import choose_sample, choosing
from inference_worker.wire import samples
from tests.arena.battle_pages.browsing import PNG
from tests.factories import store_vote

PICTURE = base64.b64encode(PNG).decode()


def drawn(stratum, prompt="How many?"):
    return samples.DrawnSample("x-1", prompt, "shapes", "", PICTURE, stratum=stratum)


@pytest.fixture
def measured(models):
    for version, count in zip(models, (95.0, 20.0), strict=True):
        version.card.accuracy = {"emoji": 99.0, "count": count}
        version.card.save()
    return models


def put(*strata):
    for stratum in strata:
        samples.put(client(), drawn(stratum))


def test_a_picture_on_which_models_differ_comes_more_often(measured, monkeypatch):
    dice, chosen = Random(1), Counter()
    monkeypatch.setattr(choosing, "SystemRandom", lambda: dice)
    for _ in range(60):
        put("emoji: 1", "emoji: 1", "count: 4")
        chosen[sample_choice(choose_sample(), "How many?").stratum] += 1
    assert chosen["count: 4"] > 40
    assert samples.waiting(client()) == 0


def test_the_choice_is_kept_with_its_probability(measured):
    put("emoji: 1", "count: 4")
    choice = sample_choice(choose_sample(), "How many?")
    assert choice.candidates == 2
    assert 0.0 < choice.probability < 1.0


def test_another_question_about_the_picture_has_no_stratum_but_its_probability(models):
    put("count: 4")
    choice = sample_choice(choose_sample(), "Which is the largest?")
    assert (choice.stratum, choice.probability, choice.candidates) == ("", 1.0, 1)


def test_a_shipped_picture_is_chosen_likewise(models):
    name = choose_sample(besides="shapes-00")
    about = shipped_samples()[name]
    choice = sample_choice(name, about["prompt"])
    assert choice.stratum == about["stratum"]
    assert choice.candidates == len(shipped_samples()) - 1


@pytest.mark.parametrize(
    "forged",
    [
        {"probability": 1e-9, "candidates": 6},
        {"probability": 7.0, "candidates": 6},
        {"probability": 0.5, "candidates": 2**31 - 1},
    ],
)
def test_what_no_choice_can_have_been_is_not_believed(models, forged):
    samples.keep(client(), replace(drawn("count: 4"), name="forged", **forged))
    assert sample_choice("forged", "How many?").probability is None


def test_it_is_stored_with_the_battle_and_read_with_its_vote(stranger, measured):
    put("emoji: 1", "count: 4")
    offered = stranger.get("/samples/random").json()
    stranger.ask(None, sample=offered["id"], prompt=offered["prompt"])
    turn = Turn.objects.get()
    assert turn.sample_stratum in {"emoji: 1", "count: 4"}
    vote = store_vote(turn.battle)
    assert picture_choices([vote.pk]) == {vote.pk: (turn.picture_probability, 2)}


def test_a_picture_of_one_s_own_was_chosen_by_nobody(stranger, models):
    stranger.ask()
    turn = Turn.objects.get()
    assert (turn.sample_stratum, turn.picture_probability) == ("", None)
    assert picture_choices([store_vote(turn.battle).pk]) == {}
