"""Boards from known strengths go the way of every vote."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from arena.battles.models import Battle, Vote
from arena.boards.models import Board, Snapshot
from arena.boards.selectors import latest
from arena.boards.services.reproduction import reproduce_snapshot
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.selectors import active_versions
from arena.labels.models import BattleLabels
from arena.leaderboard.selectors.standings import standings
from arena.ledger.models import LedgerEntry
from arena.rating.comparisons import VoteOutcome
from arena.simulation import services
from arena.simulation.services import SimulationPlan, VotesThere, check_database, recovery, simulate
from arena.voters.models import Voter
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(no_layer, monkeypatch):
    monkeypatch.setattr(services, "ROUNDS", 4)


def run(models=6, votes=300, seed=1, voters=50, **more):
    return sum(simulate(SimulationPlan(models, votes, seed, voters, **more)))


def test_every_vote_reaches_the_ledger_and_the_board():
    assert run() == 300
    assert Vote.objects.count() == Battle.objects.count() == LedgerEntry.objects.count() == 300
    assert BattleLabels.objects.count() == 300
    assert Voter.objects.count() == 50
    assert latest().ledger_number == 300
    assert {row["state"] for row in latest().rows} == {"rated"}


def test_each_snapshot_on_the_way_can_be_rebuilt():
    Board.objects.create(slug="ocr", name="OCR", category="ocr")
    run()
    assert Snapshot.objects.count() == 8
    assert all(reproduce_snapshot(snapshot=one).equal for one in Snapshot.objects.all())


def test_the_same_seed_gives_the_same_strengths_and_votes():
    run()
    names = ModelVersion.objects.order_by("pk").values_list("source", flat=True)
    choices = Vote.objects.order_by("pk").values_list("choice", flat=True)
    first = (list(names), list(choices))
    rng = np.random.default_rng(1)
    assert first[0] == [repr(float(one)) for one in rng.normal(0.0, 0.7, 6)]
    assert len(set(first[1])) == len(VoteOutcome)


def test_simulated_models_are_shown_and_never_drawn():
    run()
    assert active_versions() == {}
    lines = standings().lines
    assert {line.organization for line in lines} == {"Simulated"}
    assert {line.status for line in lines} == {"retired"}


def test_not_even_when_an_operator_activates_one():
    run()
    ModelCard.objects.update(state="active", weight=1.0)
    assert active_versions() == {}


def test_the_board_finds_the_truth():
    run(models=8, votes=1500)
    found = recovery()
    assert (found.rated, found.wrong) == (8, 0)
    assert found.inside >= 6
    assert found.confirmed > 5
    assert found.error < 40


def test_a_board_that_misses_is_seen_to_miss():
    run(models=8, votes=1500)
    for version in ModelVersion.objects.all():
        ModelVersion.objects.filter(pk=version.pk).update(source=repr(-float(version.source)))
    found = recovery()
    assert found.inside < 6
    assert found.wrong > 5


def test_votes_spread_over_the_days():
    run(votes=90, days=3)
    assert len(set(LedgerEntry.objects.values_list("day", flat=True))) == 3


def test_the_draw_plan_shares_out_the_votes():
    run()
    votes = [row["votes"] for row in latest().rows]
    assert max(votes) < 1.3 * min(votes)
    assert set(Battle.objects.values_list("draw_policy", flat=True)) == {"fewest_votes"}
    assert 0 < min(Battle.objects.values_list("draw_probability", flat=True)) < 1 / 10


def test_votes_of_people_are_not_mixed_with_simulated_ones_unasked():
    make_vote(*make_models("first", "second"))
    with pytest.raises(VotesThere):
        check_database()
    update_live_boards()
    with pytest.raises(CommandError, match="votes already"):
        call_command("simulate", models=3, votes=30)
    call_command("simulate", models=3, votes=30, into_existing=True, json=True)
    assert latest().ledger_number == 31


def test_a_second_simulation_needs_another_seed():
    call_command("simulate", models=3, votes=30, seed=1, json=True)
    with pytest.raises(CommandError, match="another seed"):
        call_command("simulate", models=3, votes=30, seed=1, into_existing=True, json=True)
    call_command("simulate", models=3, votes=40, seed=2, into_existing=True, json=True)
    assert latest().ledger_number == 70


@pytest.mark.parametrize("fields", [{"models": 1}, {"votes": 0}, {"voters": 0}, {"days": 0}])
def test_a_simulation_of_nothing_is_refused(fields):
    with pytest.raises(ValueError, match="needs two models"):
        SimulationPlan(**{"models": 2, "votes": 1, "seed": 1, "voters": 1, **fields})


def test_the_report_is_a_sentence(capsys):
    call_command("simulate", models=4, votes=400)
    said = capsys.readouterr().out
    assert "of 4 true ratings lie in their 95% intervals" in said
    assert "falsely" in said


def test_the_report_is_json_for_programs(capsys):
    call_command("simulate", models=4, votes=400, seed=9, json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["rated"], said["etag"]) == (4, latest().etag)
