"""Any old leaderboard comes back byte for byte from the ledger's entries."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone

from arena.battles.models import Generation
from arena.boards.models import Board, Snapshot
from arena.boards.services.pruning import prune_snapshots
from arena.boards.services.recipes import BoardRecipe, compute
from arena.boards.services.reproduction import find_snapshot, reproduce_snapshot, snapshot_body
from arena.boards.services.snapshots import body_of, etag_of
from arena.boards.services.updating import update_background_boards, update_live_boards
from arena.core.errors import NotFound
from arena.labels.models import BattleLabels
from arena.labels.services import label_set
from arena.leaderboard.selectors.standings import standings
from arena.ledger.models import LedgerEntry
from arena.ledger.services.exclusions import exclude, restore
from arena.ledger.services.folding import fold
from arena.rating.methods import load_method
from tests.arena.boards.newest import newest_snapshot
from tests.arena.ledger.labelled import vote_under
from tests.factories import make_models, make_voter

pytestmark = pytest.mark.django_db

BOARDS = {
    "ocr": {"category": "ocr", "parameters": {"pooled": True}},
    "near": {"category": "ocr", "parameters": {"pooled": True, "deviation": 40.0}},
    "german": {"language": "de", "without_presets": True},
    "recent": {"days": 3},
    "voters": {"by_voter": True},
    "style": {"method": "style_controlled"},
    "davidson": {"method": "davidson"},
    "elo": {"method": "elo", "parameters": {"orders": 4}, "seed": 3},
}


@pytest.fixture(autouse=True)
def _settings(settings, no_layer, valkey_url):
    settings.BOARD_MIN_VOTES = 1
    settings.BOARD_REFIT_SECONDS = 0


@pytest.fixture
def boards():
    for slug, fields in BOARDS.items():
        Board.objects.create(slug=slug, name=slug, **fields)


@pytest.fixture
def models():
    return make_models("first", "second", "third")


def some_votes(models, rng, times=6):
    voters = [make_voter() for _ in range(6)]
    for _ in range(times):
        pair = rng.sample(models, 2)
        vote_under(
            *pair,
            rng.choice(["a", "a", "b", "tie", "both_bad"]),
            days_ago=rng.randrange(5),
            voter=rng.choice(voters),
            language=rng.choice(["de", "en"]),
            category=rng.choice(["ocr", "code", ""]),
            preset=rng.random() < 0.3,
        )
    sizes = {"length": rng.randint(5, 50), "headers": 1, "lists": rng.randint(0, 3), "bold": 0}
    Generation.objects.filter(length=None).update(**sizes)


def bring_up_to_date():
    update_live_boards()
    update_background_boards()


def everything():
    return list(Snapshot.objects.order_by("pk"))


def test_every_kind_of_board_is_rebuilt_after_more_votes(models, boards):
    rng = random.Random(7)
    for _ in range(3):
        some_votes(models, rng, 12)
        bring_up_to_date()
    assert {one.board.slug for one in everything()} == {"overall", *BOARDS}
    assert all(reproduce_snapshot(snapshot=one).equal for one in everything())


def test_a_leaderboard_from_before_methods_had_versions_is_rebuilt(models, boards):
    some_votes(models, random.Random(7), 12)
    bring_up_to_date()
    for newest in everything():
        recipe = BoardRecipe.of_snapshot(newest)
        later = {"method_version", "first_place"}
        parameters = {k: v for k, v in recipe.parameters.items() if k not in later}
        old = replace(recipe, parameters=parameters)
        body = body_of(newest.board.slug, old, compute(old, newest.ledger_number))
        assert body != newest.body
        newest.pk, newest.parameters, newest.body = None, parameters, body
        newest.etag, newest._state.adding = etag_of(body), True
        newest.save()
    assert len(everything()) == 2 * (len(BOARDS) + 1)
    assert all(reproduce_snapshot(snapshot=one).equal for one in everything())


def test_the_defaults_in_force_stand_in_the_snapshot(models, boards):
    some_votes(models, random.Random(7), 12)
    bring_up_to_date()
    kept = {one.board.slug: one.parameters for one in everything()}
    assert kept["overall"]["penalty"] == "firth"
    assert kept["overall"]["first_place"] is True
    assert kept["style"]["ridge"] == 1.0
    assert {"k": 4.0, "order": "averaged", "orders": 4}.items() <= kept["elo"].items()
    assert "penalty" not in kept["ocr"]  # a pooled fit has none


def test_a_leaderboard_from_before_defaults_were_kept_is_rebuilt(models, boards):
    some_votes(models, random.Random(7), 12)
    bring_up_to_date()
    for newest in everything():
        defaults = load_method(newest.method).DESCRIPTION.defaults
        said = BOARDS.get(newest.board.slug, {}).get("parameters", {})
        parameters = {
            name: value
            for name, value in newest.parameters.items()
            if name in said or name not in defaults
        }
        rows = json.loads(newest.body)["rows"]
        old = replace(BoardRecipe.of_snapshot(newest), parameters=parameters)
        body = body_of(newest.board.slug, old, compute(old, newest.ledger_number))
        assert json.loads(body)["rows"] == rows
        newest.pk, newest.parameters, newest.body = None, parameters, body
        newest.etag, newest._state.adding = etag_of(body), True
        newest.save()
    assert all(reproduce_snapshot(snapshot=one).equal for one in everything())


def test_an_operators_deviation_is_taken(models, boards):
    some_votes(models, random.Random(7), 12)
    bring_up_to_date()
    newest = Snapshot.objects.filter(board__slug="near").latest("pk")
    assert newest.details["tau"] == pytest.approx(40.0)


def test_a_version_that_this_release_does_not_know_is_named(models):
    some_votes(models, random.Random(7), 12)
    update_live_boards()
    (newest,) = everything()
    newest.parameters = {**newest.parameters, "method_version": 999}
    rebuilt = reproduce_snapshot(snapshot=newest)
    assert "bradley_terry has no version 999" in rebuilt.sentence


def test_what_was_excluded_restored_or_relabelled_later_does_not_matter(models, boards):
    rng = random.Random(8)
    some_votes(models, rng, 12)
    bring_up_to_date()
    votes = vote_under(*models[:2], times=3, category="ocr")
    bring_up_to_date()
    keys = [vote.pk for vote in votes]
    exclude(votes=keys, reason="operator", by="test")
    bring_up_to_date()
    BattleLabels.objects.filter(battle__vote=votes[0]).update(
        labels=label_set(language="de", category="code"), stale=True
    )
    restore(votes=keys[:2], reason="operator", by="test")
    bring_up_to_date()
    assert LedgerEntry.objects.exclude(kind="vote").count() > 4
    assert all(reproduce_snapshot(snapshot=one).equal for one in everything())


def test_the_settings_of_then_count(models, boards, settings):
    some_votes(models, random.Random(9), 12)
    bring_up_to_date()
    settings.BOARD_MIN_VOTES, settings.BOARD_REFIT_VOTES = 50, 2
    Board.objects.update(seed=5, method="davidson", category="code", parameters={})
    assert all(reproduce_snapshot(snapshot=one).equal for one in everything())


def test_a_dropped_text_comes_back(models):
    some_votes(models, random.Random(1))
    update_live_boards()
    body = newest_snapshot().body
    QuerySet.update(Snapshot.objects.all(), body="")
    assert snapshot_body(snapshot=newest_snapshot()) == body


def test_a_changed_ledger_is_told(models):
    some_votes(models, random.Random(2))
    update_live_boards()
    QuerySet.update(LedgerEntry.objects.filter(number=1), outcome=1)
    QuerySet.update(LedgerEntry.objects.filter(number=2), outcome=0)
    QuerySet.update(LedgerEntry.objects.filter(number=3), outcome=3)
    rebuilt = reproduce_snapshot(snapshot=newest_snapshot())
    assert not rebuilt.equal
    assert "NOT EQUAL" in rebuilt.sentence
    QuerySet.update(LedgerEntry.objects.filter(number=6), hash="f" * 64)
    assert "was changed" in reproduce_snapshot(snapshot=newest_snapshot()).sentence


def test_entries_that_do_not_add_up_are_told(models):
    vote_under(*models[1:], times=3)
    (vote,) = vote_under(*models[:2], "a")
    fold()
    exclude(votes=[vote.pk], reason="operator")
    update_live_boards()
    QuerySet.update(LedgerEntry.objects.filter(kind="vote", vote=vote), outcome=1)
    rebuilt = reproduce_snapshot(snapshot=newest_snapshot())
    assert not rebuilt.equal
    assert "below zero" in rebuilt.sentence


def test_a_version_of_the_code_is_named_when_bytes_differ(models):
    some_votes(models, random.Random(3))
    update_live_boards()
    QuerySet.update(Snapshot.objects.all(), etag="0" * 64, code_version="0.0.9")
    sentence = reproduce_snapshot(snapshot=newest_snapshot()).sentence
    assert "computed by version 0.0.9" in sentence


def test_a_snapshot_is_named_by_id_or_etag(models, capsys):
    some_votes(models, random.Random(4))
    update_live_boards()
    snapshot = newest_snapshot()
    for name in (str(snapshot.pk), snapshot.etag, snapshot.etag[:12]):
        call_command("reproduce_snapshot", name)
        assert f"byte for byte, {snapshot.etag}" in capsys.readouterr().out


def test_digits_begin_an_etag_where_no_snapshot_has_such_an_id(models):
    some_votes(models, random.Random(4))
    update_live_boards()
    snapshot = newest_snapshot()
    QuerySet.update(Snapshot.objects.filter(pk=snapshot.pk), etag="407140714071" + "a" * 52)
    for name in (str(snapshot.pk), "407140714071", "407140714071a"):
        assert find_snapshot(name) == snapshot


@pytest.mark.parametrize("name", ["12345", "f" * 12, "", "9" * 30])
def test_a_name_that_means_nothing_is_refused(name):
    with pytest.raises(NotFound):
        find_snapshot(name)
    with pytest.raises(CommandError):
        call_command("reproduce_snapshot", name)


def test_all_are_counted_and_one_that_differs_fails_the_command(models, capsys):
    rng = random.Random(5)
    for _ in range(3):
        some_votes(models, rng)
        update_live_boards()
    call_command("reproduce_snapshot", all=True)
    assert "3 of 3 snapshots" in capsys.readouterr().out
    QuerySet.update(Snapshot.objects.filter(pk=newest_snapshot().pk), etag="0" * 64)
    with pytest.raises(CommandError, match="2 of 3"):
        call_command("reproduce_snapshot", all=True)


def test_the_body_can_be_printed(models, capsys):
    some_votes(models, random.Random(6))
    update_live_boards()
    call_command("reproduce_snapshot", str(newest_snapshot().pk), print=True)
    assert newest_snapshot().body in capsys.readouterr().out


def test_old_texts_are_thinned_to_one_an_hour_and_one_a_day(models):
    noon = datetime(2026, 6, 30, 12, tzinfo=UTC)
    rng, ages = random.Random(1), [30.2, 30.1, 3.01, 3.005, 2.5, 0.03, 0.0]
    pks = []
    for days in ages:
        some_votes(models, rng, 1)
        update_live_boards()
        pks.append(newest_snapshot().pk)
        at = noon - timedelta(days=days)
        QuerySet.update(Snapshot.objects.filter(pk=pks[-1]), created_at=at)
    assert prune_snapshots(now=noon) == 2
    kept = set(Snapshot.objects.exclude(body="").values_list("pk", flat=True))
    assert kept == set(pks) - {pks[0], pks[2]}
    assert all(reproduce_snapshot(snapshot=one).equal for one in everything())


def test_the_newest_text_of_a_board_always_stays(models):
    some_votes(models, random.Random(2))
    update_live_boards()
    prune_snapshots(now=timezone.now() + timedelta(days=400))
    assert newest_snapshot().body


def test_thinning_again_changes_nothing(models):
    rng = random.Random(3)
    for _ in range(3):
        some_votes(models, rng, 1)
        update_live_boards()
    later = timezone.now() + timedelta(days=2)
    first = prune_snapshots(now=later)
    assert (first, prune_snapshots(now=later)) in [(2, 0), (1, 0)]


def test_pages_pass_over_snapshots_without_text(models, client):
    rng = random.Random(4)
    for _ in range(3):
        some_votes(models, rng, 1)
        update_live_boards()
    older = Snapshot.objects.exclude(pk=newest_snapshot().pk)
    QuerySet.update(older, body="")
    assert client.get("/leaderboard/").status_code == 200
    assert client.get("/models/first/").status_code == 200
    assert standings().snapshot == newest_snapshot()
