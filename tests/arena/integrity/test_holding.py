"""Votes wait while an alarm about a model is open: those with the evidence, and new voters'."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db.models import Q
from django.utils import timezone

from arena.battles.models import Vote
from arena.integrity.models import Case, CaseVote, HeldVote
from arena.integrity.services.decisions import decide_case
from arena.integrity.services.examination import examine_votes
from arena.integrity.services.holding import lapse_holds, put_back_vote
from arena.integrity.states import ALARMS
from arena.ledger.models import ModelHold
from arena.ledger.selectors.events import last_events
from arena.ledger.selectors.votes import waits_now
from arena.ledger.services.exclusions import exclude, restore
from arena.ledger.services.tallies import tally
from arena.ledger.services.withdrawing import withdraw_vote
from arena.voters.models import Voter
from tests.arena.integrity.stored_votes import made_earlier, models_of, store
from tests.factories import ballot
from tests.rigged_votes import VoteWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
WORLD = VoteWorld(12, 1)


@pytest.fixture
def versions():
    return models_of(12)


@pytest.fixture
def attacked(settings, versions):
    """Votes behind a reference board, of which a part pushes a model."""
    settings.INTEGRITY_EXCLUDES = False
    world = VoteWorld(12, 1)
    store(world.honest(900), versions)
    examine_votes()
    return store(world.mixed(500, 0.15, each=5), versions)


def waiting(keys):
    events = last_events(keys).items()
    return {key for key, one in events if not one.counts and one.reason == "provisional"}


def on_target(keys, versions):
    target = versions[WORLD.target]
    rows = Vote.objects.filter(Q(version_a=target) | Q(version_b=target), pk__in=keys)
    return set(rows.values_list("pk", flat=True))


def decide_all(action):
    return [decide_case(case=case.pk, action=action, by="ada") for case in Case.objects.all()]


def test_new_voters_votes_wait_from_the_alarms_beginning_until_it_is_dismissed(
    attacked, versions, client
):
    before = tally().counts.total
    alarms = {case.pk: case for case in examine_votes() if case.kind in ALARMS}
    firsts = CaseVote.objects.filter(case__in=alarms).values_list("vote", flat=True)
    target = {key for key in on_target(attacked, versions) if key >= min(firsts)}
    assert waiting(attacked) == target
    held = HeldVote.objects.all()
    assert set(held.values_list("vote", flat=True)) == target
    assert 0 < held.filter(carries=True).count() < held.count()
    assert "until this is decided: they do not count meanwhile" in read(client)
    later = store(VoteWorld(12, 9).honest(60, first=5_000), versions)
    assert waiting(later) == on_target(later, versions)
    examine_votes()
    assert decide_all("dismiss")
    assert waiting(attacked + later) == set()
    assert not ModelHold.objects.exists()
    assert not HeldVote.objects.exists()
    assert "until this is decided" not in read(client)
    assert tally().counts.total == before + len(later)
    after = store(VoteWorld(12, 10).honest(20, first=6_000), versions)
    assert waiting(after) == set()


def read(client):
    return client.get("/integrity/").content.decode()


def test_a_decision_frees_what_the_fold_let_wait_since_and_excludes_what_is_rigged(
    attacked, versions
):
    examine_votes()
    later = store(VoteWorld(12, 9).honest(60, first=5_000), versions)
    campaign = Case.objects.get(kind="campaign")
    for case in Case.objects.order_by("pk"):
        decide_case(case=case.pk, action="exclude" if case == campaign else "dismiss")
    rigged = set(campaign.case_votes.values_list("vote", flat=True))
    events = last_events(attacked + later)
    assert {key for key, event in events.items() if not event.counts} == rigged
    assert {events[key].reason for key in rigged} == {"integrity"}
    decide_case(case=campaign.pk, action="reopen")
    examine_votes()
    assert rigged <= waiting(attacked)


def test_of_a_drift_the_votes_that_carry_the_evidence_are_excluded_and_the_others_count(
    attacked, versions
):
    made_earlier(2)
    (case,) = [one for one in examine_votes() if one.kind in ALARMS]
    carriers = carried()
    assert set(case.case_votes.filter(carries=True).values_list("vote", flat=True)) == carriers
    assert decide_case(case=case.pk, action="carriers", by="ada").votes == len(carriers)
    events = last_events(attacked)
    assert {key for key, event in events.items() if not event.counts} == carriers
    decide_case(case=case.pk, action="reopen")
    store(VoteWorld(12, 9).honest(1, first=5_000), versions)
    examine_votes()
    assert carriers <= waiting(attacked)


def cast_earlier(keys, days):
    """Let these votes, and whoever cast them, be so many days older."""
    at = timezone.now() - timedelta(days=days)
    Voter.objects.filter(votes__in=keys).update(created_at=at)
    Vote.objects.filter(pk__in=keys).update(created_at=at)


def carried():
    return set(HeldVote.objects.filter(carries=True).values_list("vote", flat=True))


def test_identities_of_a_day_ago_wait_as_new_ones_do(attacked, versions):
    made_earlier(2)
    (case,) = Case.objects.filter(pk__in=[one.pk for one in examine_votes()], kind__in=ALARMS)
    first = case.case_votes.order_by("vote").first().vote_id
    assert waiting(attacked) == {key for key in on_target(attacked, versions) if key >= first}


def made_known(keys, versions, votes):
    """Let whoever cast these votes have cast so many honest ones on other models, two days ago."""
    voters = list(Voter.objects.filter(votes__in=keys).distinct())
    drawn = VoteWorld(12, 1).honest(2 * votes * len(voters))
    others = drawn.take((drawn.a != WORLD.target) & (drawn.b != WORLD.target))
    stored = store(others.take(np.arange(len(others)) < votes * len(voters)), versions)
    names = [voter for voter in voters for _ in range(votes)]
    for key, voter in zip(stored, names, strict=True):
        Vote.objects.filter(pk=key).update(voter=voter)
    cast_earlier(stored, 2)


@pytest.mark.parametrize("votes", [1, 2])
def test_known_voters_count_unless_their_votes_carry_the_evidence(
    settings, attacked, versions, votes
):
    settings.HOLD_VOTES = 2
    made_known(attacked, versions, votes)
    examine_votes()
    later = store(VoteWorld(12, 9).honest(60, first=5_000), versions)
    made_known(later, versions, votes)
    Vote.objects.filter(pk__in=later).update(created_at=timezone.now())
    assert 0 < len(carried()) < len(on_target(attacked, versions))
    known = votes == 2
    assert (waiting(attacked) == carried()) is known
    assert waiting(later) == on_target(later, versions)
    for vote in Vote.objects.filter(pk__in=on_target(later, versions)):
        assert waits_now(vote) is not known


def test_without_a_decision_new_voters_votes_count_after_some_days(attacked, versions):
    examine_votes()
    held, carry = waiting(attacked), carried()
    cast_earlier(attacked, 6)
    assert lapse_holds() == 0
    cast_earlier(attacked, 8)
    assert lapse_holds() == len(held - carry)
    assert waiting(attacked) == carry
    store(VoteWorld(12, 9).honest(1, first=5_000), versions)
    examine_votes()
    assert carried() <= waiting(attacked) < held
    decide_all("dismiss")
    assert waiting(attacked) == set()


def taken_back_and_put_back(keys):
    for vote in Vote.objects.filter(pk__in=keys).select_related("battle"):
        assert withdraw_vote(**ballot(vote.battle))
        assert put_back_vote(**ballot(vote.battle)) is True
        assert put_back_vote(**ballot(vote.battle)) is False


def test_a_vote_waits_on_when_it_is_taken_back_and_put_back(settings, attacked, versions):
    settings.HOLD_VOTES = 1
    made_known(attacked, versions, 1)
    (case,) = [one for one in examine_votes() if one.kind in ALARMS]
    carrier = next(iter(carried()))
    first = case.case_votes.order_by("vote").first().vote
    earlier = Vote.objects.filter(Q(version_a=versions[WORLD.target]), pk__lt=first.pk).last()
    taken_back_and_put_back([carrier, earlier.pk])
    assert waiting([carrier, earlier.pk]) == {carrier}
    held = HeldVote.objects.get(vote=carrier)
    HeldVote.objects.filter(pk=held.pk).update(carries=False, lapsed=True)
    restore(votes=[carrier], reason="provisional")
    taken_back_and_put_back([carrier])
    assert waiting([carrier]) == set()
    later = store(VoteWorld(12, 9).honest(60, first=5_000), versions)
    new = next(iter(on_target(later, versions)))
    taken_back_and_put_back([new])
    assert waiting([new]) == {new}


def test_votes_that_are_taken_back_as_they_are_cast_are_examined_all_the_same(attacked, versions):
    exclude(votes=on_target(attacked, versions), reason="withdrawn")
    examine_votes()
    assert Case.objects.filter(kind__in=ALARMS, card=versions[WORLD.target].card).exists()
    key = min(carried())
    assert put_back_vote(**ballot(Vote.objects.get(pk=key).battle))
    assert waiting(attacked) == {key}


def test_a_vote_that_was_taken_back_is_not_put_back_past_an_exclusion(attacked):
    examine_votes()
    key = min(carried())
    vote = Vote.objects.select_related("battle").get(pk=key)
    assert withdraw_vote(**ballot(vote.battle))
    decide_all("exclude")
    assert put_back_vote(**ballot(vote.battle))
    assert [(one.counts, one.reason) for one in last_events([key]).values()] == [
        (False, "integrity")
    ]
    decide_all("reopen")
    decide_all("dismiss")
    assert last_events([key])[key].counts


def test_a_vote_that_an_operator_restored_is_put_back_past_the_exclusion_before(attacked):
    examine_votes()
    key = min(carried())
    battle = Vote.objects.select_related("battle").get(pk=key).battle
    decide_all("exclude")
    assert restore(votes=[key], reason="operator") == 1
    assert withdraw_vote(**ballot(battle))
    assert put_back_vote(**ballot(battle))
    assert last_events([key])[key].counts
    decide_all("reopen")
    assert withdraw_vote(**ballot(battle))
    decide_all("exclude")
    assert put_back_vote(**ballot(battle))
    assert last_events([key])[key].reason == "integrity"


def test_what_an_operator_lets_count_is_not_taken_out_again(attacked, versions):
    examine_votes()
    keys = carried()
    assert restore(votes=keys, reason="operator") == len(keys)
    store(VoteWorld(12, 9).honest(1, first=5_000), versions)
    examine_votes()
    assert not keys & waiting(attacked)


def test_what_is_too_old_to_wait_is_never_taken_out(attacked, versions):
    cast_earlier(attacked, 8)
    examine_votes()
    assert waiting(attacked) == carried()


def test_what_waits_counts_once_an_operator_lets_nothing_wait(settings, attacked):
    examine_votes()
    assert waiting(attacked)
    settings.HOLD_HOURS = 0
    examine_votes()
    assert waiting(attacked) == set()


def test_an_operator_may_let_them_count(settings, attacked):
    settings.HOLD_HOURS = 0
    assert examine_votes()
    assert waiting(attacked) == set()
