"""A voter takes the own vote back, and nobody else's."""

from __future__ import annotations

import pytest

from arena.core.errors import NotFound
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.events import last_events
from arena.ledger.services.exclusions import exclude, restore
from arena.ledger.services.withdrawing import reinstate_vote, withdraw_vote
from arena.ledger.states import ExclusionReason
from tests.arena.ledger.adding_up import counted, difference
from tests.factories import ballot, make_battle, make_vote, make_voter

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote():
    return make_vote()


def exclusion_of(vote):
    event = last_events([vote])[vote]
    return "" if event.counts else event.reason


def reasons():
    return list(LedgerEntry.objects.order_by("number").values_list("kind", "reason"))


def test_a_vote_that_is_taken_back_counts_no_more_until_it_is_put_back(vote):
    assert withdraw_vote(**ballot(vote.battle)) is True
    assert (counted(), difference(), exclusion_of(vote.pk)) == (0, [], "withdrawn")
    assert reinstate_vote(**ballot(vote.battle)) is True
    assert (counted(), difference(), exclusion_of(vote.pk)) == (1, [], "")
    assert reasons()[1:] == [("exclusion", "withdrawn"), ("restoration", "withdrawn")]


def test_a_second_time_changes_nothing(vote):
    assert [withdraw_vote(**ballot(vote.battle)) for _ in range(2)] == [True, False]
    assert [reinstate_vote(**ballot(vote.battle)) for _ in range(2)] == [True, False]
    assert len(reasons()) == 3


def test_an_operator_neither_overrules_a_voter_nor_is_overruled(vote):
    withdraw_vote(**ballot(vote.battle))
    assert restore(votes=[vote.pk], reason=ExclusionReason.OPERATOR) == 0
    reinstate_vote(**ballot(vote.battle))
    exclude(votes=[vote.pk], reason=ExclusionReason.INTEGRITY)
    assert withdraw_vote(**ballot(vote.battle)) is False
    assert reinstate_vote(**ballot(vote.battle)) is False
    assert exclusion_of(vote.pk) == "integrity"


@pytest.mark.parametrize("change", [withdraw_vote, reinstate_vote])
def test_nobody_elses_vote_is_found(vote, change):
    for voter in (make_voter().pk, None):
        with pytest.raises(NotFound):
            change(voter=voter, public_id=vote.battle.public_id)
    with pytest.raises(NotFound):
        change(**ballot(make_battle()))
    assert reasons() == []


def test_a_vote_that_waits_may_be_taken_back(vote):
    exclude(votes=[vote.pk], reason=ExclusionReason.PROVISIONAL)
    assert withdraw_vote(**ballot(vote.battle)) is True
    assert exclusion_of(vote.pk) == "withdrawn"
    assert restore(votes=[vote.pk], reason=ExclusionReason.PROVISIONAL) == 0
    assert (counted(), difference()) == (0, [])
