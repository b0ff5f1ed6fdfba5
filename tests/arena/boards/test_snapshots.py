from __future__ import annotations

import hashlib
import json
import random

import pytest
from django.db.models import QuerySet

from arena.boards import dispatch
from arena.boards.models import Snapshot, SnapshotStrengths
from arena.boards.selectors import latest
from arena.boards.services import recipes
from arena.boards.services.reproduction import reproduce_snapshot
from arena.boards.services.snapshots import recompute
from arena.boards.services.updating import boards_to_compute, update_live_boards
from arena.ledger.models import LedgerEntry, PairCount
from arena.ledger.services.folding import fold
from arena.ledger.services.tallies import tally
from tests.arena.boards.newest import newest_snapshot
from tests.factories import make_card, make_models, make_vote, make_votes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def announced(monkeypatch):
    etags = []
    monkeypatch.setattr(dispatch, "announce", lambda etag, board: etags.append(etag))
    return etags


def overall():
    return boards_to_compute()[0]


def refreshed():
    update_live_boards()
    return latest()


def test_there_is_no_snapshot_before_the_first_vote():
    make_models("first", "second")
    assert refreshed() is None


def test_a_vote_gives_a_snapshot_up_to_its_ledger_entry():
    make_vote(*make_models("first", "second"))
    snapshot = refreshed()
    entry = LedgerEntry.objects.get()
    assert (snapshot.ledger_number, snapshot.ledger_hash) == (1, entry.hash)
    assert (snapshot.method, snapshot.seed) == ("bradley_terry", 0)


def test_nothing_is_computed_while_the_ledger_stands_still():
    make_vote()
    first = refreshed()
    assert recompute(board=overall()) is None
    assert refreshed().pk == first.pk


def test_the_etag_is_the_hash_of_the_body():
    make_vote()
    snapshot = refreshed()
    assert snapshot.etag == hashlib.sha256(snapshot.body.encode()).hexdigest()


def test_the_same_ledger_gives_the_same_bytes(settings):
    settings.BOARD_MIN_VOTES = 1
    first, second, third = make_models("first", "second", "third")
    for pair in [(first, second), (second, third), (third, first)] * 4:
        make_vote(*pair)
    body = refreshed().body
    SnapshotStrengths.objects.all().delete()
    Snapshot.objects.all()._raw_delete("default")
    assert refreshed().body == body


def test_the_order_of_arrival_does_not_move_a_rating(settings):
    settings.BOARD_MIN_VOTES = 1
    models = make_models("first", "second", "third")
    votes = [(models[i % 3], models[(i + 1) % 3], "a" if i % 4 else "b") for i in range(24)]
    rows = []
    for seed in (1, 2):
        random.Random(seed).shuffle(votes)
        [make_vote(*vote) for vote in votes]
        rows.append(refreshed().rows)
        LedgerEntry.objects.all()._raw_delete("default")
        PairCount.objects.all().delete()
        SnapshotStrengths.objects.all().delete()
        Snapshot.objects.all()._raw_delete("default")
    assert rows[0] == rows[1]


def test_the_winner_stands_above_the_loser_with_an_interval_around_its_rating():
    first, second = make_models("first", "second")
    make_votes(*[(first, second, "b")] * 12)
    best, worst = refreshed().rows
    assert (best["model"], worst["model"]) == ("second@1", "first@1")
    assert best["rating_lower"] < best["rating"] < best["rating_upper"]
    assert (best["wins"], best["votes"], best["win_rate"]) == (12, 12, 1.0)


def test_too_few_votes_is_a_state_and_not_a_number(settings):
    make_vote(*make_models("first", "second"))
    row = refreshed().rows[0]
    assert (row["state"], row["rating"], row["rank"]) == ("too_few_votes", None, None)
    settings.BOARD_MIN_VOTES = 1
    assert refreshed().rows[0]["state"] == "rated"


def test_models_that_never_met_are_not_connected(settings):
    settings.BOARD_MIN_VOTES = 1
    a, b, c, d = make_models("a", "b", "c", "d")
    [make_vote(a, b) for _ in range(3)]
    make_vote(c, d)
    states = {row["model"].removesuffix("@1"): row["state"] for row in refreshed().rows}
    assert states == {"a": "rated", "b": "rated", "c": "not_connected", "d": "not_connected"}


def test_a_vote_on_an_answer_that_names_its_model_moves_no_rating(settings):
    settings.BOARD_MIN_VOTES = 1
    first, second = make_models("first", "second")
    make_vote(first, second)
    rows = refreshed().rows
    make_vote(first, second, a={"betrays": True})
    later = refreshed()
    assert later.ledger_number == 3
    assert later.rows == rows


def test_another_method_parameter_gives_another_snapshot():
    make_vote()
    first = refreshed()
    board = overall()
    board.parameters = {"penalty": "none"}
    board.save()
    second = refreshed()
    assert second.pk > first.pk
    assert json.loads(second.body)["parameters"] == {
        "first_place": True,
        "method_version": 3,
        "min_votes": 10,
        "penalty": "none",
        "rates": "versions",
    }


def test_open_pages_hear_of_it_once_it_is_stored(announced, django_capture_on_commit_callbacks):
    make_vote()
    with django_capture_on_commit_callbacks(execute=True):
        update_live_boards()
        assert announced == []
    assert announced == [newest_snapshot().etag]


def test_a_fit_that_was_overtaken_is_not_stored(monkeypatch):
    first, second = make_models("first", "second")
    make_vote(first, second)
    fold()
    stale = tally()
    make_vote(first, second)
    newest = refreshed()
    make_vote(first, second)
    fold()
    monkeypatch.setattr(recipes, "tallies_of", lambda *filters, rated: [stale])
    assert recompute(board=overall()) is None
    assert newest_snapshot() == newest


def test_a_card_without_votes_is_no_part_of_a_snapshot():
    make_card("silent")
    make_vote(*make_models("first", "second"))
    assert {row["model"] for row in refreshed().rows} == {"first@1", "second@1"}


@pytest.mark.parametrize("change", ["save", "delete"])
def test_a_snapshot_is_never_changed_or_deleted(change):
    make_vote()
    with pytest.raises(ValueError, match="snapshot"):
        getattr(refreshed(), change)()


def test_an_idle_refresh_asks_few_queries(django_assert_num_queries):
    make_vote(*make_models("first", "second"))
    update_live_boards()
    with django_assert_num_queries(9):
        update_live_boards()


def test_a_method_that_is_gone_stops_only_its_own_snapshots():
    make_vote(*make_models("first", "second"))
    first = refreshed()
    QuerySet.update(Snapshot.objects.filter(pk=first.pk), method="gone")
    assert "no rating method 'gone'" in reproduce_snapshot(snapshot=newest_snapshot()).sentence
    second = refreshed()
    assert (second.pk > first.pk, second.method) == (True, "bradley_terry")
