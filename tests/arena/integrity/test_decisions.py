"""Decisions on cases: what they do to votes, and what they refuse."""

from __future__ import annotations

import pytest

from arena.battles.models import Vote
from arena.core.errors import Conflict, NotFound
from arena.integrity.models import Case, CaseDecision, CaseVote
from arena.integrity.selectors.dismissals import newest_decision
from arena.integrity.services.cases import CaseFinding, store_case
from arena.integrity.services.decisions import NoCarriers, decide_case
from arena.integrity.services.examination import store_finding
from arena.integrity.services.holding import hold_carriers
from arena.integrity.services.what_if import board_without
from arena.integrity.states import CaseAction, CaseKind, CaseStatus
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.events import last_events
from arena.ledger.services.exclusions import exclude_by_hand, restore
from arena.ledger.services.folding import fold
from arena.ledger.services.tallies import tally
from tests.arena.at_once import at_once
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def votes():
    pair = make_models("heron", "newt")
    keys = [make_vote(*pair, choice).pk for choice in ("a", "a", "b", "tie", "a")]
    fold()
    return keys


def make_case(votes, kind=CaseKind.DRIFT, **fields):
    return store_case(CaseFinding(kind, votes, max(votes), **fields))[0]


def counting(votes):
    return sorted(key for key, event in last_events(votes).items() if event.counts)


def test_an_exclusion_and_its_withdrawal_leave_the_board_as_it_was(votes):
    case, before = make_case(votes[:3]), tally().counts.table.tolist()
    made = decide_case(case=case.pk, action="exclude", by="ada", words=" Same network. ")
    assert (made.votes, made.words) == (3, "Same network.")
    assert counting(votes) == votes[3:]
    decide_case(case=case.pk, action="reopen", by="ada")
    assert tally().counts.table.tolist() == before
    kinds = LedgerEntry.objects.exclude(kind="vote").values_list("kind", "reason", "by")
    assert set(kinds) == {("exclusion", "integrity", "ada"), ("restoration", "integrity", "ada")}


@pytest.mark.parametrize("action", CaseAction.values)
def test_a_decision_must_follow_from_where_the_case_stands(votes, action):
    case = make_case(votes)
    case.status = CaseStatus.OPEN if action == "reopen" else CaseStatus.DISMISSED
    case.save()
    with pytest.raises(Conflict):
        decide_case(case=case.pk, action=action)
    assert not CaseDecision.objects.exists()


def test_there_is_no_other_decision_and_no_other_case(votes):
    with pytest.raises(ValueError):
        decide_case(case=make_case(votes).pk, action="delete")
    with pytest.raises(NotFound):
        decide_case(case=0, action="exclude")


def test_votes_that_another_case_holds_stay_out(votes):
    first, second = make_case(votes[:3]), make_case(votes[2:], CaseKind.CAMPAIGN)
    for case in (first, second):
        decide_case(case=case.pk, action="exclude")
    decide_case(case=first.pk, action="reopen")
    assert counting(votes) == votes[:2]


def test_the_votes_that_carry_the_evidence_can_be_excluded_alone(votes):
    case = make_case(votes, carriers=votes[1:3])
    make_case(votes[:4], carriers=votes[:1])
    assert decide_case(case=case.pk, action="carriers", by="ada").votes == 3
    assert counting(votes) == votes[3:]
    other = make_case(votes[2:], CaseKind.CAMPAIGN)
    decide_case(case=other.pk, action="exclude")
    decide_case(case=other.pk, action="reopen")
    assert counting(votes) == votes[3:]
    assert decide_case(case=case.pk, action="reopen", by="ada").votes == 3
    assert counting(votes) == votes


def test_of_a_case_that_kept_no_flags_nothing_is_excluded_alone(votes):
    case = make_case(votes)
    CaseVote.objects.update(carries=False)
    with pytest.raises(NoCarriers):
        decide_case(case=case.pk, action="carriers")
    case.refresh_from_db()
    assert (case.status, CaseDecision.objects.exists()) == ("open", False)
    assert decide_case(case=case.pk, action="exclude").votes == len(votes)


def test_a_case_of_no_model_and_no_voter_is_one_per_kind(votes):
    first, is_new = store_case(CaseFinding(CaseKind.DRIFT, votes[:2], votes[1]))
    again, is_newer = store_case(CaseFinding(CaseKind.DRIFT, votes, votes[-1]))
    assert (first.pk, is_new, is_newer) == (again.pk, True, False)
    assert again.evidence["votes"] == 5


def test_the_board_without_the_votes_is_the_same_whether_they_count_or_not(votes, settings):
    settings.BOARD_MIN_VOTES = 1
    case = make_case([votes[0], votes[1], votes[4]])
    before = board_without(case)
    decide_case(case=case.pk, action="exclude")
    assert board_without(case) == before
    leader, other = before
    assert (leader.slug, leader.rank_with, leader.rank_without) == ("heron", 1, 2)
    assert (leader.places, other.places) == (1, -1)


def test_the_board_is_also_told_without_the_votes_that_carry_the_evidence(votes, settings):
    settings.BOARD_MIN_VOTES = 1
    case = make_case(votes, carriers=[votes[0], votes[1], votes[4]])
    before = board_without(case)
    for action in ("carriers", "reopen", "exclude"):
        decide_case(case=case.pk, action=action)
        assert board_without(case) == before
    leader, _ = before
    assert (leader.rank_with, leader.rank_rest, leader.rank_without) == (1, 2, None)
    assert (leader.places_by_carriers, leader.places) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_is_taken(votes):
    case = make_case(votes).pk

    def decide(action):
        try:
            return decide_case(case=case, action=action, by=action).action
        except Conflict:
            return None

    done = at_once(decide, ["exclude", "dismiss", "exclude", "dismiss"])
    assert len([one for one in done if one]) == 1
    assert CaseDecision.objects.count() == 1


@pytest.mark.parametrize("action", ["exclude", "dismiss"])
def test_what_is_decided_during_a_search_is_not_opened_once_more_by_it(votes, action):
    found = CaseFinding(CaseKind.DRIFT, votes[:3], votes[2])
    case, before = store_case(found)[0], newest_decision()
    decide_case(case=case.pk, action=action, by="ada")
    assert store_finding(found, before) is None
    assert Case.objects.count() == 1
    assert store_finding(found, newest_decision()) is not None


def extended(votes, **fields):
    """Let an examination find more votes of a case that stands excluded."""
    return store_finding(CaseFinding(CaseKind.BETTING, votes, max(votes), **fields))


def test_what_an_operator_lets_count_the_arena_takes_out_by_no_decision_of_its_own(votes):
    voter = {"voter": Vote.objects.get(pk=votes[0]).voter_id}
    case = make_case(votes[:3], CaseKind.BETTING, **voter)
    decide_case(case=case.pk, action="exclude", by="ada")
    assert restore(votes=votes[:1], reason="operator", by="bob") == 1
    extended(votes[:4], **voter)
    assert counting(votes) == [votes[0], votes[4]]
    alarm = make_case(votes[:4])
    hold_carriers(alarm, votes)
    assert counting(votes) == [votes[0]]
    decide_case(case=alarm.pk, action="dismiss", by="ada")
    assert counting(votes) == [votes[0], votes[4]]
    decide_case(case=case.pk, action="reopen", by="ada")
    decide_case(case=case.pk, action="exclude")
    assert counting(votes) == [votes[0], votes[4]]
    decide_case(case=case.pk, action="reopen", by="ada")
    decide_case(case=case.pk, action="exclude", by="ada")
    assert counting(votes) == votes[4:]


def test_a_vote_that_was_restored_after_one_case_is_not_taken_out_when_another_ends(votes):
    first, alarm = make_case(votes[:2]), make_case(votes, CaseKind.CAMPAIGN)
    hold_carriers(alarm, votes[:2])
    decide_case(case=first.pk, action="exclude", by="ada")
    assert restore(votes=votes[:1], reason="operator", by="ada") == 1
    decide_case(case=alarm.pk, action="dismiss", by="ada")
    assert counting(votes) == [votes[0], *votes[2:]]


def test_what_an_operator_excluded_by_hand_no_decision_on_a_case_brings_back(votes):
    case = make_case(votes)
    hold_carriers(case, votes[:3])
    assert exclude_by_hand(votes=votes[2:4], reason="integrity", by="ada") == 2
    decide_case(case=case.pk, action="exclude", by="bob")
    assert exclude_by_hand(votes=votes[:1], reason="operator", by="ada") == 1
    made = decide_case(case=case.pk, action="reopen", by="bob")
    assert (counting(votes), made.votes) == ([votes[1], votes[4]], 2)
    decide_case(case=case.pk, action="dismiss", by="bob")
    assert counting(votes) == [votes[1], votes[4]]
    assert restore(votes=votes, reason="operator", by="ada") == 3
    assert counting(votes) == votes
