"""Versions on trial answer what voters have asked: in the background, for operators alone."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from arena.battles.models import Battle
from arena.battles.states import BattleState, ErasureReason, GenerationState
from arena.catalog.states import CardState
from arena.core.redis import client
from arena.ledger.models import LedgerEntry
from arena.ledger.services.folding import fold
from arena.privacy.services.erasing import erase_battles
from arena.shadows import selectors, services
from arena.shadows.models import ShadowAnswer
from arena.shadows.tasks import finish, offer
from arena.spending.models import CardBudget
from tests.arena.probes.probing import a_worker
from tests.factories import (
    make_battle,
    make_card,
    make_models,
    make_version,
    make_vote,
    make_worker,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
SAID = "text=sees,tokens=2"


@pytest.fixture
def trial():
    make_worker()
    return make_version(make_card("osprey", state=CardState.TRIAL), backend="scripted", source=SAID)


@pytest.fixture
def battle():
    """A voter who agreed to publication has voted on it."""
    return make_vote(*make_models("heron", "egret"), publish=True).battle


@pytest.fixture
def ask(django_capture_on_commit_callbacks):
    def ask():
        with django_capture_on_commit_callbacks(execute=True):
            return offer()

    return ask


def answered(valkey_url):
    """Answer the one message on the queue with a real worker, and bring the outcome back."""
    with a_worker(valkey_url) as worker, Redis.from_url(valkey_url) as connection:
        body = json.loads(base64.b64decode(json.loads(connection.rpop("inference"))["body"]))
        assert body[1]["request"]["is_background"] is True
        outcome = worker.answer(body[1]["request"])
    return outcome, finish(outcome)


def test_a_version_on_trial_answers_a_question_for_operators_alone(
    trial, battle, ask, valkey_url, admin_client, client
):
    assert (ask(), ask()) == (1, 0)
    outcome, stored = answered(valkey_url)
    answer = ShadowAnswer.objects.get()
    assert (stored, answer.state, answer.text) == (True, "ended", outcome["text"])
    assert not finish({**outcome, "text": "twice"})
    page = admin_client.get(reverse("admin:battles_battle_change", args=[battle.pk]))
    assert "Osprey" in page.content.decode()
    assert answer.text.strip() in page.content.decode()
    assert (
        "osprey"
        in admin_client.get(reverse("admin:shadows_shadowanswer_changelist")).content.decode()
    )
    assert fold() == 1
    assert LedgerEntry.objects.count() == 1
    for address in ("/", "/leaderboard/", "/changes/", "/api/v1/models", "/api/v1/votes"):
        assert "osprey" not in b"".join(client.get(address)).decode().lower()


def test_an_outcome_without_the_fence_changes_nothing(trial, battle, ask, valkey_url):
    ask()
    with a_worker(valkey_url) as worker, Redis.from_url(valkey_url) as connection:
        body = json.loads(base64.b64decode(json.loads(connection.rpop("inference"))["body"]))
        outcome = worker.answer(body[1]["request"])
    assert not finish({**outcome, "fence": "made-up"})
    assert ShadowAnswer.objects.get().state == "asked"


@pytest.mark.parametrize(
    "change",
    [
        {"publish": False},
        {"clearance": "withheld"},
        {"unlisted": True},
        {"erased_at": timezone.now()},
        {"state": BattleState.SKIPPED},
        {"created_at": timezone.now() - timedelta(days=2)},
    ],
)
def test_what_may_not_be_published_or_is_old_is_not_asked(trial, battle, ask, change):
    Battle.objects.filter(pk=battle.pk).update(**change)
    assert ask() == 0


@pytest.mark.parametrize("why", ["switched off", "used up", "a voter waits", "no worker", "budget"])
def test_nothing_is_asked_in_the_way_of_anybody(trial, battle, ask, settings, why):
    if why == "switched off":
        settings.SHADOW_ANSWERS = 0
    elif why == "used up":
        settings.SHADOW_ANSWERS = 1
        other = make_vote(*make_models("stork", "ibis"), publish=True).battle.turns.get()
        now = timezone.now()
        ShadowAnswer.objects.create(version=trial, turn=other, asked_at=now, state="ended")
    elif why == "a voter waits":
        make_battle(a={"state": GenerationState.QUEUED}, state=BattleState.GENERATING)
    elif why == "no worker":
        trial.card.queue = "elsewhere"
        trial.card.save()
    else:
        CardBudget.objects.create(card=trial.card, battles_a_day=5)
    assert ask() == 0


def test_a_new_version_of_an_active_card_is_tried_until_it_is_chosen(battle):
    card = make_card("osprey")
    old, new = make_version(card), make_version(card)
    type(card).objects.filter(pk=card.pk).update(answering_version=old)
    assert selectors.versions_on_trial() == [new]
    type(card).objects.filter(pk=card.pk).update(answering_version=new)
    assert selectors.versions_on_trial() == []


def test_one_whose_worker_is_gone_ends_and_leaves_redis(trial, battle, ask):
    ask()
    assert services.give_up_late(timezone.now()) == 0
    assert services.give_up_late(timezone.now() + timedelta(hours=1)) == 1
    answer = ShadowAnswer.objects.get()
    assert (answer.state, answer.code) == ("failed", "timeout")
    assert not [key for key in client().scan_iter() if b"shadow-" in key]


def test_an_erased_battle_keeps_no_shadow_answer(trial, battle, ask, valkey_url):
    ask()
    outcome, _stored = answered(valkey_url)
    assert outcome["text"]
    erase_battles(battles=[battle.pk], reason=ErasureReason.OPERATOR)
    assert ShadowAnswer.objects.get().text == ""
