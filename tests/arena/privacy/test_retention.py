"""What has had its time goes by itself; what people agreed to publish stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena.battles.models import Battle
from arena.battles.states import BattleState
from arena.privacy.models import RetentionMark
from arena.privacy.services import change_consent, retain, retention
from arena.voters.models import Voter
from tests.factories import make_battle, make_voter


@pytest.fixture(autouse=True)
def _days(settings):
    settings.CONTENT_DAYS = settings.NETWORK_DAYS = 10


def age(battle, days):
    Battle.objects.filter(pk=battle.pk).update(created_at=timezone.now() - timedelta(days=days))
    return battle


def is_erased(battle):
    battle.refresh_from_db()
    return battle.erased_at is not None


def test_old_content_without_consent_goes_and_only_that(told):
    old, agreed, young = age(told(), 11), age(told(publish=True), 11), age(told(), 9)
    assert retain().erased == 1
    assert [is_erased(one) for one in (old, agreed, young)] == [True, False, False]
    assert old.erased_because == "retention"


def test_a_battle_without_a_vote_goes_whatever_was_agreed():
    battle = age(make_battle(publish=True, state=BattleState.EXPIRED), 11)
    assert retain().erased == 1
    assert is_erased(battle)


def test_a_second_run_looks_at_nothing_again_and_goes_on_behind_the_first(told, monkeypatch):
    monkeypatch.setattr(retention, "WINDOW", 2)
    battles = [age(told(), 11) for _ in range(5)]
    assert retain(seconds=0).looked_at == 0
    assert retain() == retention.RetentionRun(5, 5, 0)
    assert RetentionMark.objects.get().battle == battles[-1].pk
    assert retain().looked_at == 0


def test_what_was_withdrawn_late_is_looked_at_again(told):
    voter = make_voter(publish=True)
    first, second = (age(told(voter=voter, publish=True), 11) for _ in range(2))
    assert retain().erased == 0
    assert change_consent(voter=voter.pk, publish=False, battles=[first.pk]) == 1
    assert retain().erased == 1
    assert (is_erased(first), is_erased(second)) == (True, False)


def test_a_run_that_finds_the_mark_moved_leaves_the_rest_to_the_other(told, monkeypatch):
    monkeypatch.setattr(retention, "WINDOW", 1)
    first, second = (age(told(), 11) for _ in range(2))
    erase = retention.erase_battles

    def overtaken(**options):
        RetentionMark.objects.update(battle=first.pk)
        return erase(**options)

    monkeypatch.setattr(retention, "erase_battles", overtaken)
    assert retain().looked_at == 1
    assert not is_erased(second)


def test_the_network_of_a_voter_is_forgotten():
    old, young = make_voter(network="bucket"), make_voter(network="bucket")
    Voter.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=11))
    assert retain().emptied == 1
    assert list(Voter.objects.filter(network="bucket")) == [young]


def test_consent_is_changed_for_ones_own_battles_alone(told):
    mine, other = make_voter(), make_voter()
    own, foreign = told(voter=mine), told(voter=other)
    assert change_consent(voter=mine.pk, publish=True, battles=[own.pk, foreign.pk]) == 1
    assert change_consent(voter=mine.pk, publish=True) == 0
    foreign.refresh_from_db()
    mine.refresh_from_db()
    assert (foreign.publish, mine.publish) == (False, True)
