"""An examination of stored votes: what becomes a case, and what becomes of its votes."""

from __future__ import annotations

import pytest

from arena.battles.models import Vote
from arena.integrity.models import Case, CaseDecision, ReferenceBoard
from arena.integrity.selectors.votes import activity, recent_votes
from arena.integrity.services import examination
from arena.integrity.services.cases import CaseFinding, store_case
from arena.integrity.services.decisions import decide_case
from arena.integrity.services.examination import examine_votes
from arena.integrity.states import CaseAction, CaseKind, CaseStatus
from arena.ledger.selectors.events import last_events
from arena.ledger.services.exclusions import exclude, exclude_by_hand
from arena.ledger.services.tallies import tally
from tests.arena.integrity.stored_votes import made_earlier, models_of, store
from tests.rigged_votes import VoteWorld

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]


@pytest.fixture
def world():
    return VoteWorld(12, 1)


@pytest.fixture
def versions():
    return models_of(12)


@pytest.fixture
def board(world, versions):
    """A reference board of honest votes."""
    store(world.honest(900), versions)
    examine_votes()
    return ReferenceBoard.objects.get()


def counted(keys):
    return {key: event.counts for key, event in last_events(keys).items()}


def test_too_few_votes_make_no_reference(world, versions):
    store(world.honest(60), versions)
    assert examine_votes() == []
    assert not ReferenceBoard.objects.exists()


def test_a_voter_who_pushes_a_model_is_excluded_with_all_votes(world, versions, board):
    honest = store(world.honest(100), versions)
    rigged = store(world.target_only(30, each=30), versions)
    (case,) = examine_votes()
    assert (case.kind, case.status) == (CaseKind.BETTING, CaseStatus.EXCLUDED)
    assert case.card.slug == f"model-{world.target:02}"
    assert set(counted(rigged).values()) == {False}
    assert set(counted(honest).values()) == {True}
    (decision,) = CaseDecision.objects.all()
    assert (decision.action, decision.votes, decision.by) == ("exclude", 30, "")
    assert case.evidence["votes"] == 30
    assert case.evidence["taken"] > case.evidence["expected"]


def test_later_votes_of_an_excluded_voter_follow(world, versions, board):
    attack = world.target_only(45, each=45)
    store(attack.take(attack.voter * 0 + range(45) < 30), versions)
    (case,) = examine_votes()
    recent = recent_votes(board.after_vote)
    later = store_as(case.voter, attack, versions)
    assert len(recent_votes(board.after_vote).keys) == len(recent.keys) + 15
    assert examine_votes() == []
    assert set(counted(later).values()) == {False}
    case.refresh_from_db()
    assert case.evidence["votes"] == 45


def store_as(voter, attack, versions):
    """The last votes of an attack, cast by an identity that is there already."""
    keys = store(attack.take(attack.voter * 0 + range(45) >= 30), versions)
    Vote.objects.filter(pk__in=keys).update(voter=voter)
    return keys


def test_a_vote_that_was_taken_back_is_evidence_unless_an_operator_has_excluded_it(
    world, versions, board
):
    keys = store(world.honest(3), versions)
    exclude(votes=keys[:2], reason="withdrawn")
    exclude_by_hand(votes=keys[:1], reason="integrity", by="ada")
    recent = recent_votes(board.after_vote)
    found = dict(zip(recent.keys.tolist(), recent.counts.tolist(), strict=True))
    assert [found[key] for key in keys] == [False, True, True]


def test_an_operator_may_look_first(settings, world, versions, board):
    settings.INTEGRITY_EXCLUDES, settings.HOLD_HOURS = False, 0
    rigged = store(world.target_only(30, each=30), versions)
    cases = {case.kind: case for case in examine_votes()}
    assert cases[CaseKind.BETTING].status == CaseStatus.OPEN
    assert set(counted(rigged).values()) == {True}


def test_an_attack_of_many_opens_an_alarm_and_excludes_nothing_for_good(
    settings, world, versions, board
):
    settings.HOLD_HOURS = 0
    keys = store(world.mixed(700, 0.12, each=5), versions)
    cases = {case.kind: case for case in examine_votes()}
    assert {CaseKind.DRIFT, CaseKind.CAMPAIGN} <= set(cases)
    assert {case.status for case in cases.values()} == {CaseStatus.OPEN}
    assert set(counted(keys).values()) == {True}
    assert cases[CaseKind.CAMPAIGN].evidence["identities"] >= 3


def test_a_dismissed_alarm_is_not_raised_again_by_the_same_votes(world, versions, board):
    store(world.mixed(700, 0.12, each=5), versions)
    for case in examine_votes():
        decide_case(case=case.pk, action=CaseAction.DISMISS, by="ada")
    store(world.honest(50), versions)
    assert examine_votes() == []


def test_an_examination_without_new_votes_does_nothing(world, versions, board):
    store(world.honest(50), versions)
    examine_votes()
    before = ReferenceBoard.objects.get().examined
    assert examine_votes() == []
    assert ReferenceBoard.objects.get().examined == before


def test_what_an_examination_left_aside_for_a_decision_is_looked_for_by_the_next(
    world, versions, board, monkeypatch
):
    keys = store(world.honest(50), versions)
    case, _ = store_case(CaseFinding(CaseKind.RUSHED, keys[:3], keys[2]))

    def decided_meanwhile():
        if case.decisions.exists():
            return
        decide_case(case=case.pk, action=CaseAction.DISMISS, by="ada")

    monkeypatch.setattr(examination, "hold_votes", decided_meanwhile)
    for is_done in (False, True):
        examine_votes()
        assert (ReferenceBoard.objects.get().examined == activity()) is is_done


def test_the_reference_is_replaced_when_the_votes_have_doubled_and_nothing_is_open(
    settings, world, versions, board
):
    settings.INTEGRITY_EXCLUDES = False
    store(world.target_only(40, each=40), versions)
    examine_votes()
    store(world.honest(1_000), versions)
    examine_votes()
    assert ReferenceBoard.objects.count() == 1
    for case in Case.objects.filter(status=CaseStatus.OPEN):
        decide_case(case=case.pk, action=CaseAction.DISMISS, by="ada")
    examine_votes()
    newest = ReferenceBoard.objects.latest()
    assert newest.pk != board.pk
    assert newest.votes == tally().counts.total


def test_honest_votes_of_a_day_open_no_case(world, versions, board):
    store(world.honest(800, each=40), versions)
    made_earlier(2)
    assert examine_votes() == []
