"""Boards by filter and method, live and in the background."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import QuerySet
from django.utils import timezone
from redis import Redis

from arena.battles.models import Generation
from arena.boards.models import Board, Snapshot
from arena.boards.selectors import boards, latest
from arena.boards.services import snapshots, updating
from arena.boards.services.defaults import fill_boards
from arena.boards.services.snapshots import recompute
from arena.boards.services.updating import update_background_boards, update_live_boards
from tests.arena.ledger.labelled import vote_under
from tests.factories import make_models, make_voter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few_votes_do(settings, no_layer):
    settings.BOARD_MIN_VOTES = 1


@pytest.fixture
def models():
    return make_models("first", "second", "third")


def make_board(slug, **fields):
    return Board.objects.create(slug=slug, name=slug.title(), **fields)


def votes_of(slug):
    snapshot = latest(slug)
    return (
        {row["model"].removesuffix("@1"): row["votes"] for row in snapshot.rows}
        if snapshot
        else None
    )


def age(snapshot, **time):
    at = timezone.now() - timedelta(**time)
    QuerySet.update(Snapshot.objects.filter(pk=snapshot.pk), created_at=at)


@pytest.mark.parametrize(
    ("fields", "votes"),
    [
        ({"category": "ocr"}, {"first": 3, "second": 3}),
        ({"language": "de"}, {"first": 3, "second": 5, "third": 2}),
        ({"without_presets": True}, {"second": 2, "third": 2}),
        ({"days": 3}, {"first": 3, "second": 3}),
        ({"days": 6}, {"first": 3, "second": 5, "third": 2}),
    ],
)
def test_a_filter_takes_its_own_votes(models, fields, votes):
    first, second, third = models
    make_board("part", **fields)
    vote_under(first, second, times=3, category="ocr", language="de", preset=True)
    vote_under(second, third, times=2, language="de", days_ago=4)
    update_live_boards()
    assert votes_of("part") == votes
    assert latest("part").filter == json.loads(latest("part").body)["filter"]


def test_a_new_day_moves_a_board_of_the_last_days(models, monkeypatch):
    make_board("recent", days=2)
    vote_under(*models[:2], times=3, days_ago=1)
    update_live_boards()
    before = latest("recent")
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(snapshots, "datetime", type("Clock", (), {"now": lambda zone: tomorrow}))
    recompute(board=before.board)
    assert latest("recent").rows == []
    assert latest("recent").filter["since"] > before.filter["since"]


def test_a_category_without_votes_gets_no_snapshot_and_is_not_listed(models):
    make_board("code", category="code")
    vote_under(*models[:2], category="ocr")
    update_live_boards()
    assert latest("code") is None
    assert [board.slug for board in boards()] == ["overall"]


def test_boards_are_listed_in_the_operators_order_behind_the_overall_one(models):
    for position, slug in enumerate(["zebra", "ant", "hidden"]):
        make_board(slug, position=position - 1, days=7, active=slug != "hidden")
    vote_under(*models[:2])
    update_live_boards()
    assert [board.slug for board in boards()] == ["overall", "zebra", "ant"]


def test_a_board_that_is_set_up_wrongly_costs_the_others_nothing(models, caplog):
    make_board("typo", method="bradly_terry", position=-2)
    make_board("foreign", parameters={"colour": "red"}, position=-1)
    make_board("good", days=7)
    vote_under(*models[:2])
    update_live_boards()
    assert votes_of("good") == {"first": 1, "second": 1}
    assert {"typo", "foreign"} <= set(caplog.text.replace("'", " ").split())


def test_a_large_board_beside_the_overall_one_waits_a_little(models, monkeypatch):
    make_board("recent", days=7)
    monkeypatch.setattr(snapshots, "ENTRIES_A_SECOND", 0.1)  # ten seconds an entry
    for _ in range(2):
        vote_under(*models[:2])
        update_live_boards()
    assert latest().ledger_number == 2
    assert latest("recent").ledger_number == 1
    age(latest("recent"), seconds=61)
    update_live_boards()
    assert latest("recent").ledger_number == 2


def test_what_an_operator_changes_shows_at_once(models, monkeypatch):
    board = make_board("recent", days=7)
    monkeypatch.setattr(snapshots, "ENTRIES_A_SECOND", 0.1)
    vote_under(*models[:2], language="de")
    update_live_boards()
    board.language = "en"
    board.save()
    update_live_boards()
    assert latest("recent").filter["language"] == "en"


def test_rows_say_what_their_interval_rests_on(models, settings, valkey_url):
    settings.BOARD_REFIT_SECONDS = 0
    make_board("pooled", category="ocr", parameters={"pooled": True})
    make_board("voters", by_voter=True)
    make_board("style", method="style_controlled")
    for number in range(12):
        for one, other in ((0, 1), (1, 2), (2, 0)):
            choice = "ab"[number % 2]
            vote_under(models[one], models[other], choice, category="ocr" if number % 3 else "")
    Generation.objects.update(length=10, headers=1, lists=0, bold=0)
    update_live_boards()
    update_background_boards()
    kinds = {slug: _interval(slug) for slug in ("overall", "pooled", "voters", "style")}
    names = {"overall": "votes", "pooled": "pooled", "voters": "voters", "style": "style"}
    assert kinds == names


def _interval(slug):
    (kind,) = {row["interval"] for row in latest(slug).rows}
    return kind


def test_live_boards_do_not_wait_for_those_in_the_background(models, valkey_url):
    make_board("voters", by_voter=True)
    vote_under(*models[:2])
    update_live_boards()
    assert latest() is not None
    assert latest("voters") is None
    update_background_boards()
    assert latest("voters").ledger_number == 1


def test_a_board_of_single_votes_is_fitted_at_a_lower_rate(models, valkey_url, settings):
    make_board("voters", by_voter=True)
    for _ in range(2):
        vote_under(*models[:2])
        update_live_boards()
        update_background_boards()
    assert latest("voters").ledger_number == 1
    settings.BOARD_REFIT_SECONDS = 0
    update_background_boards()
    assert latest("voters").ledger_number == 2


def test_one_process_refits_at_a_time(models, valkey_url):
    make_board("voters", by_voter=True)
    vote_under(*models[:2])
    update_live_boards()
    with updating._background_lock() as alone:
        assert alone is not None
        update_background_boards()
        assert latest("voters") is None
    update_background_boards()
    assert latest("voters") is not None


def test_without_redis_slow_boards_wait(models, monkeypatch, unused_tcp_port, caplog):
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(updating, "client", lambda: away)
    make_board("voters", by_voter=True)
    vote_under(*models[:2])
    update_live_boards()
    update_background_boards()
    assert latest("voters") is None
    assert "wait for Redis" in caplog.text


def test_answers_without_counts_of_style_fall_out_and_are_counted(models, valkey_url):
    make_board("style", method="style_controlled")
    votes = vote_under(*models[:2], times=5)
    counted = Generation.objects.filter(turn__battle__vote__in=votes[:3])
    counted.update(length=10, headers=0, lists=1, bold=2)
    update_live_boards()
    update_background_boards()
    assert votes_of("style") == {"first": 3, "second": 3}
    assert json.loads(latest("style").body)["details"]["left_out"] == 2


def test_erased_text_keeps_its_place_on_the_board_at_equal_style(models, valkey_url):
    make_board("style", method="style_controlled")
    vote_under(*models[:2], times=5)
    Generation.objects.update(length=10, headers=0, lists=1, bold=2, text="")
    update_live_boards()
    update_background_boards()
    assert votes_of("style") == {"first": 5, "second": 5}


def test_a_board_of_single_votes_rests_on_the_newest(models, valkey_url, settings):
    settings.BOARD_REFIT_VOTES = 3
    make_board("voters", by_voter=True)
    vote_under(*models[:2], times=4)
    vote_under(*models[1:], times=2)
    update_live_boards()
    update_background_boards()
    assert votes_of("voters") == {"first": 1, "second": 3, "third": 2}
    assert latest("voters").parameters["most_votes"] == 3


def test_votes_of_one_voter_widen_the_intervals_of_the_board_by_voter(models, valkey_url):
    make_board("voters", by_voter=True)
    for number in range(8):
        voter = make_voter()
        vote_under(*models[:2], "ab"[number % 2], times=6, voter=voter)
    update_live_boards()
    update_background_boards()
    plain, grouped = (latest(slug).rows[0] for slug in ("overall", "voters"))
    assert grouped["rating"] == plain["rating"]
    assert grouped["rating_upper"] > plain["rating_upper"] + 50


def test_a_small_category_leans_on_all_other_votes(models, valkey_url):
    make_board("pooled", category="code", parameters={"pooled": True})
    for category in ("ocr", "homework", "humour"):
        vote_under(*models[:2], times=9, category=category)
        vote_under(*models[:2], "b", times=4, category=category)
    vote_under(*models[:2], "b", category="code")
    update_live_boards()
    update_background_boards()
    rated = [row for row in latest("pooled").rows if row["rating"] is not None]
    assert [row["model"] for row in rated] == ["first@1", "second@1"]  # as overall, not as here
    assert all(row["borrowed"] > 0.5 for row in rated)


def test_the_first_boards_are_made_once(capsys):
    call_command("fill_boards")
    assert "overall: made" in capsys.readouterr().out
    Board.objects.filter(slug="english").update(name="Anglais", active=False)
    call_command("fill_boards")
    assert capsys.readouterr().out == ""
    assert Board.objects.get(slug="english").name == "Anglais"


def test_every_first_board_can_be_computed(models, valkey_url, caplog):
    fill_boards()
    vote_under(*models[:2], category="ocr", language="en", times=3)
    update_live_boards()
    update_background_boards()
    listed = {board.slug for board in boards()}
    assert {"overall", "last-30-days", "own-pictures", "by-voter", "english", "ocr"} <= listed
    assert "german" not in listed
    assert "can't be computed" not in caplog.text
