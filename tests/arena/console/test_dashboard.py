"""The first page: the same number of questions whatever there is, and to each what he may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Battle, Generation, Vote
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from arena.console.selectors import traffic
from arena.spending.models import BudgetDay, CardBudget
from arena.spending.selectors import today
from tests.arena.queries import queries_of
from tests.factories import (
    make_battle,
    make_card,
    make_models,
    make_version,
    make_vote,
    make_worker,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
INDEX = "/admin/"


@pytest.fixture
def models(no_layer, settings):
    settings.BOARD_MIN_VOTES = 1
    make_worker()
    return make_models("heron", "newt")


def shown(client):
    return client.get(INDEX).context["dashboard"]


def notes(client):
    return [note.text for note in shown(client).notes]


def end(**fields):
    Generation.objects.update(ended_at=timezone.now(), **fields)


def test_battles_and_votes_stand_in_their_hours(admin_client, models):
    now = timezone.now()
    earlier = now - timedelta(hours=3)
    for number in range(5):
        vote, at = make_vote(*models), earlier if number < 2 else now
        Battle.objects.filter(pk=vote.battle_id).update(created_at=at)
        Vote.objects.filter(pk=vote.pk).update(created_at=at)
    Battle.objects.filter(pk=make_battle(*models).pk).update(created_at=now)
    found = shown(admin_client).traffic
    hours = {hour.hour: (hour.battles, hour.votes) for hour in found.hours}
    hour = earlier.replace(minute=0, second=0, microsecond=0)
    assert hours[hour] == (2, 2)
    assert hours[hour + timedelta(hours=3)] == (4, 3)
    assert (found.battles, found.votes, found.is_whole, len(found.hours)) == (6, 5, True, 24)


def test_what_is_older_than_a_day_is_not_counted(admin_client, models):
    make_vote(*models)
    Battle.objects.update(created_at=timezone.now() - timedelta(hours=30))
    Vote.objects.update(created_at=timezone.now() - timedelta(hours=30))
    assert (shown(admin_client).traffic.battles, shown(admin_client).traffic.votes) == (0, 0)


def test_of_more_rows_than_are_read_the_page_says_so(admin_client, models, monkeypatch):
    for _ in range(4):
        make_vote(*models)
    monkeypatch.setattr(traffic, "STRETCH", 3)
    assert not shown(admin_client).traffic.is_whole
    assert "there are more within this day" in admin_client.get(INDEX).content.decode()


def test_a_model_that_is_too_slow_for_veiled_answers_is_named(admin_client, models, settings):
    answer = {"tokens": 120, "first_text_ms": 500, "state": "ended"}
    for _ in range(20):
        make_battle(*models, a={**answer, "total_ms": 15_500}, b={**answer, "total_ms": 3_500})
    settings.PACING = "live"
    assert not [text for text in notes(admin_client) if "ARENA_VEILED_SECONDS" in text]
    settings.PACING = "veiled"
    [text] = [text for text in notes(admin_client) if "ARENA_VEILED_SECONDS" in text]
    assert text.startswith("Heron writes 8 tokens a second")
    assert "ARENA_VEILED_SECONDS=11 " in text
    settings.VEILED_SECONDS = 11.0
    assert not [text for text in notes(admin_client) if "ARENA_VEILED_SECONDS" in text]


def test_answers_are_told_apart_by_their_ends(admin_client, models):
    for _ in range(12):
        make_battle(*models, a={"state": "failed", "code": "timeout"}, b={"total_ms": 500})
    end()
    [heron, newt] = shown(admin_client).outcomes
    assert (heron.name, heron.ended, heron.failed, heron.share) == ("Heron", 0, 12, 0.0)
    assert (newt.name, newt.ended, newt.failed, newt.seconds) == ("Newt", 12, 0, 0.5)
    assert "Heron answered 0% of what it was asked within a day." in notes(admin_client)


def test_widths_stand_beside_the_goal(admin_client, models, settings):
    for choice in "aabab":
        make_vote(*models, choice)
    update_live_boards()
    settings.INTERVAL_GOAL = 100_000.0
    found = shown(admin_client).intervals
    assert {row.model for row in found.rows} == {"Heron, v1", "Newt, v1"} or {
        row.model for row in found.rows
    } == {"Heron", "Newt"}
    assert found.narrow == 2
    settings.INTERVAL_GOAL = 1.0
    assert shown(admin_client).intervals.narrow == 0


def test_widths_are_those_of_active_models(admin_client, models):
    for choice in "aabab":
        make_vote(*models, choice)
    update_live_boards()
    models[0].card.state = "retired"
    models[0].card.save()
    [row] = shown(admin_client).intervals.rows
    assert row.model.startswith("Newt")


def test_workers_and_queues_are_shown_by_the_names_of_models(admin_client, models):
    [worker] = shown(admin_client).workers.workers
    assert worker.serves == ["Heron", "Newt"]
    assert [queue.workers for queue in shown(admin_client).workers.queues] == [1]


def test_a_queue_without_a_worker_needs_attention(admin_client, models):
    models[0].card.queue = "elsewhere"
    models[0].card.save()
    assert any("no worker listens to the queue elsewhere" in note for note in notes(admin_client))


def test_a_budget_that_is_used_up_needs_attention(admin_client, models):
    CardBudget.objects.create(card=models[0].card, battles_a_day=2)
    BudgetDay.objects.create(card=models[0].card, day=today(), battles=2)
    assert "Heron has used up its budget of today." in notes(admin_client)
    [line] = shown(admin_client).budgets
    assert line.is_used_up


def test_an_unlisted_model_is_seen_and_marked(admin_client, models):
    hidden = make_version(make_card("hidden", name="Hidden", unlisted=True))
    make_battle(models[0], hidden, unlisted=True, a={"total_ms": 500})
    end()
    CardBudget.objects.create(card=hidden.card, battles_a_day=2)
    BudgetDay.objects.create(card=hidden.card, day=today(), battles=2)
    found = shown(admin_client)
    assert (found.models, found.unlisted) == (2, 1)
    assert {row.name for row in found.outcomes} == {"Heron", "Hidden (unlisted)"}
    assert found.workers.workers[0].serves == ["Heron", "Hidden (unlisted)", "Newt"]
    page = admin_client.get(INDEX).content.decode()
    for words in ("+ 1 by invitation", "On no board, because they are unlisted: Hidden."):
        assert words in page
    assert "Hidden (unlisted) has used up its budget of today." in notes(admin_client)
    hidden.card.queue = "elsewhere"
    hidden.card.save()
    assert any(note.startswith("Hidden (unlisted) is not drawn") for note in notes(admin_client))
    assert "Hidden (unlisted)" in admin_client.get("/admin/catalog/modelcard/workers/").text


def test_a_snapshot_without_an_active_model_is_not_called_none(admin_client, models):
    assert "There is no snapshot yet" in admin_client.get(INDEX).content.decode()
    make_vote(*models)
    update_live_boards()
    ModelCard.objects.update(state="paused")
    page = admin_client.get(INDEX).content.decode()
    assert "There is no snapshot yet" not in page
    assert "None of the models on the newest snapshot is active now." in page


def test_the_number_of_questions_grows_with_nothing(admin_client, models):
    make_vote(*models)
    end()
    CardBudget.objects.create(card=models[0].card, price_output=1)
    update_live_boards()
    before = queries_of(admin_client, INDEX)
    more = make_models(*(f"model-{n}" for n in range(12)))
    for number in range(1, 12):
        make_vote(more[number - 1], more[number])
        CardBudget.objects.create(card=more[number].card, battles_a_day=number)
    end()
    update_live_boards()
    assert queries_of(admin_client, INDEX) == before
    assert before <= 30


PARTS = {
    "catalog.view_modelcard": {"traffic", "outcomes", "models"},
    "catalog.view_workers": {"workers"},
    "boards.view_snapshot": {"intervals"},
    "ledger.view_ledgerentry": {"waiting"},
    "spending.view_cardbudget": {"budgets"},
}


@pytest.mark.parametrize("right", ["", *PARTS])
def test_a_part_is_for_who_may_see_what_it_is_made_of(sign_in, models, right):
    found = shown(sign_in(*filter(None, [right])))
    every = set().union(*PARTS.values())
    assert {name for name in every if getattr(found, name) is not None} == PARTS.get(right, set())


def test_the_navigation_has_what_the_account_may_enter_in_words(sign_in, models):
    page = sign_in("axes.view_accessattempt", "battles.view_drawplan").get(INDEX)
    links = {link.name for section in page.context["sections"] for link in section.links}
    assert links == {"Dashboard", "Sampling preview", "Wrong passwords", "Draw plans"}
    assert "OTP" not in page.content.decode()


def test_devices_have_a_name_for_people():
    from django.apps import apps

    assert str(apps.get_app_config("otp_static").verbose_name) == "Sign-in devices"
    assert str(apps.get_app_config("otp_totp").verbose_name) == "Sign-in devices"
