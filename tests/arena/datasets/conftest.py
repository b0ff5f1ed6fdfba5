"""An arena with everything that an export has to tell apart."""

from __future__ import annotations

import os
import random
from datetime import date

import pytest

from arena.battles.models import Generation
from arena.boards.models import Board
from arena.boards.services.snapshots import recompute
from arena.boards.services.updating import boards_to_compute, update_live_boards
from arena.datasets.selectors import battles as reading_battles
from arena.datasets.selectors import ledger as reading_ledger
from arena.datasets.services.exporting import ExportOptions, export
from arena.labels.models import BattleLabels
from arena.labels.services import label_set
from arena.ledger.services.exclusions import exclude, relabel, restore
from arena.ledger.services.folding import fold
from arena.ledger.services.imports import ImportedVote, append_imported
from arena.ledger.states import RatedUnit
from tests.arena.ledger.earlier import write_as_before
from tests.arena.ledger.labelled import vote_under
from tests.factories import make_card, make_models, make_version, make_vote, make_voter

BOARDS = {
    "ocr": {"category": "ocr", "parameters": {"pooled": True}},
    "near": {"category": "ocr", "parameters": {"pooled": True, "deviation": 40.0}},
    "german": {"language": "de", "without_presets": True, "rates": RatedUnit.CARDS},
    "recent": {"days": 3},
    "voters": {"by_voter": True},
    "weighed": {"parameters": {"weigh_pictures": True}},
    "style": {"method": "style_controlled"},
    "few": {"method": "style_controlled", "parameters": {"most_votes": 20}},
    "davidson": {"method": "davidson", "rates": RatedUnit.CARDS},
    "elo": {"method": "elo", "parameters": {"orders": 4}, "seed": 3},
}


@pytest.fixture(autouse=True)
def _no_sync_of_the_whole_machine(monkeypatch):
    """What the databases of other tests have not written yet may take a minute."""
    monkeypatch.setattr(os, "sync", lambda: None)


@pytest.fixture
def models():
    return make_rated_models()


def make_rated_models():
    """Three models, the first in two versions."""
    first, second, third = make_models("first", "second", "third")
    hub = {"source": "some-lab/first-2b", "revision": "0" * 40}
    newer = make_version(first.card, **hub)
    return first, second, third, newer


@pytest.fixture
def in_small_pages(monkeypatch):
    monkeypatch.setattr(reading_ledger, "PAGE", 7)
    monkeypatch.setattr(reading_battles, "PAGE", 3)


@pytest.fixture
def agreed(models):
    """Ten battles that may be published, of every outcome, folded."""
    voter = make_voter(publish=True)
    choices = ["a", "b", "tie", "both_bad", "a"] * 2
    votes = [make_vote(*models[:2], choice, voter=voter, publish=True) for choice in choices]
    fold()
    return votes


@pytest.fixture
def arena(models, settings, no_layer, valkey_url):
    settings.BOARD_MIN_VOTES = 1
    settings.BOARD_REFIT_SECONDS = 0
    return fill_arena(models)


def fill_arena(models):
    """Sixty votes of six voters in every state, twenty imported ones, and boards of each kind."""
    rng = random.Random(7)
    voters = [make_voter(network=f"bucket-{i}") for i in range(6)]
    votes = []
    for number in range(60):
        a, b = rng.sample(models, 2)
        while a.card == b.card:
            a, b = rng.sample(models, 2)
        votes += vote_under(
            a,
            b,
            rng.choice(["a", "a", "b", "tie", "both_bad"]),
            days_ago=rng.randrange(5),
            voter=rng.choice(voters),
            language=rng.choice(["de", "en"]),
            category=rng.choice(["ocr", "code", "counting", ""]),
            preset=rng.random() < 0.3,
        )
        if number == 20:
            fold()
            write_as_before(21, early=0)
    for answer in Generation.objects.exclude(turn__battle__vote=votes[3]):
        sizes = {"length": rng.randint(5, 50), "headers": 1, "lists": rng.randint(0, 3), "bold": 0}
        Generation.objects.filter(pk=answer.pk).update(**sizes)
    for vote in votes[::3]:
        chosen = {"picture_probability": rng.choice([0.05, 0.3, 0.6]), "picture_candidates": 6}
        vote.battle.turns.update(**chosen)
    fold()
    _import_votes(models)
    keys = [vote.pk for vote in votes]
    exclude(votes=keys[5:15], reason="operator", by="somebody")
    restore(votes=keys[8:11], reason="operator", by="somebody")
    for vote in votes[20:26]:
        labels = label_set(language="fr", category="ocr", preset=False)
        BattleLabels.objects.filter(battle=vote.battle).update(labels=labels, stale=True)
    relabel()
    for slug, fields in BOARDS.items():
        Board.objects.create(slug=slug, name=slug, **fields)
    compute_boards()
    return votes


def _import_votes(models):
    labels = label_set(language="en", category="", preset=False)
    cards = [models[0].card_id, models[1].card_id, make_card("only-elsewhere").pk]
    rng, day = random.Random(3), date(2026, 1, 5)
    append_imported(
        source="elsewhere",
        votes=[
            ImportedVote(key, *rng.sample(cards, 2), rng.randrange(4), day, labels.pk)
            for key in range(100, 120)
        ],
    )


def compute_boards():
    update_live_boards()
    for board in boards_to_compute():
        recompute(board=board, patient=False)


@pytest.fixture
def exported(arena, tmp_path):
    """The folder of a whole export of that arena."""
    export(tmp_path / "out", ExportOptions(seed=1))
    return tmp_path / "out"
