"""Questions to models chosen by name: answered like any other, and never part of a ranking."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from arena.battles.models import Battle, Generation, SideReplacement, UnfoldedVote, Vote
from arena.battles.selectors import pairing, reading
from arena.battles.selectors.pairing import NotAskable, UnclearChoice
from arena.battles.states import BLIND_STATES, BattleMode, BattleState, Pacing
from arena.catalog.models import ModelCard, VersionHealth
from arena.catalog.states import CardState
from arena.ledger.models import LedgerEntry
from arena.ledger.services.folding import fold
from arena.orchestration import services
from arena.orchestration.services import BattleInput, NotVotable
from tests.arena.orchestration.conftest import SLUGS
from tests.arena.orchestration.working import Worker, kinds
from tests.factories import ballot, make_models, make_voter

pytestmark = pytest.mark.usefixtures("models")
BOTH, ONE = SLUGS, SLUGS[:1]


@pytest.fixture
def ask(commit, picture):
    """Ask models by name; the battle, and a worker for each of its sides."""

    def asked(*slugs, voter=None, **service):
        question = BattleInput(picture=picture, prompt="What is this?")
        battle = commit(
            services.ask_by_name, voter=voter or make_voter(), question=question, slugs=slugs
        )
        return battle, [Worker(battle, row.side) for row in reading.generations_of(battle)]

    return asked


@pytest.fixture
def end(commit):
    def ended(battle, workers, status="ended", code=""):
        for worker in workers:
            worker.answer(*["I am it."] * (status == "ended"), end=status, code=code)
            commit(services.finish_generation, worker.outcome(status=status, code=code))
        battle.refresh_from_db()
        return battle

    return ended


@pytest.mark.parametrize(
    ("slugs", "mode", "sides"),
    [
        (BOTH, BattleMode.SIDE_BY_SIDE, "ab"),
        (BOTH[::-1], BattleMode.SIDE_BY_SIDE, "ab"),
        (ONE, BattleMode.ALONE, "a"),
    ],
)
def test_the_chosen_models_answer_in_their_order(ask, slugs, mode, sides):
    battle, _ = ask(*slugs)
    rows = reading.generations_of(battle)
    assert (battle.mode, battle.pacing) == (mode, Pacing.LIVE)
    assert [(row.side, row.version.card.slug) for row in rows] == list(
        zip(sides, slugs, strict=True)
    )


@pytest.mark.parametrize("slugs", [BOTH, ONE])
def test_a_finished_battle_takes_no_vote(ask, end, slugs):
    battle = end(*ask(*slugs))  # the same answer twice is no agreement either
    assert battle.state == BattleState.ANSWERED
    assert kinds(battle)[-1] == "answered"
    with pytest.raises(NotVotable):
        services.cast_vote(**ballot(battle), choice="a")
    fold()
    assert not Vote.objects.exists()
    assert not UnfoldedVote.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("state", BLIND_STATES)
def test_the_database_refuses_what_would_be_counted(ask, state):
    battle, _ = ask(*BOTH)
    with pytest.raises(IntegrityError), transaction.atomic():
        Battle.objects.filter(pk=battle.pk).update(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        Battle.objects.filter(pk=battle.pk).update(mode="two")


def test_a_consent_is_none_to_publish_it(ask):
    battle, _ = ask(*BOTH, voter=make_voter(publish=True))
    assert not battle.publish


def test_a_conversation_goes_on_and_back(ask, end, commit):
    battle = end(*ask(*ONE))
    question = BattleInput(picture=None, prompt="And then?")
    commit(services.add_turn, battle=battle, question=question)
    assert Generation.objects.filter(turn__battle=battle).count() == 2
    commit(services.end_battle, battle=battle, to=BattleState.STOPPED)
    commit(services.take_back_turn, battle=battle)
    battle.refresh_from_db()
    assert battle.state == BattleState.ANSWERED


def test_a_failure_is_no_fault_of_the_draw(ask, end):
    make_models("third-model")
    battle = end(*ask(*ONE), status="failed", code="internal")
    assert battle.state == BattleState.FAILED
    assert not SideReplacement.objects.exists()  # nobody else answers in its name
    assert not VersionHealth.objects.exclude(marks="").exists()


@pytest.mark.parametrize("slugs", [(), ("",), (*BOTH, "third"), (*ONE, *ONE)])
def test_one_or_two_different_models_are_chosen(ask, slugs):
    with pytest.raises((UnclearChoice, NotAskable)):
        ask(*slugs)
    assert not Battle.objects.exists()


@pytest.mark.parametrize("state", [CardState.DRAFT, CardState.TRIAL, CardState.PAUSED])
def test_only_models_of_the_draw_may_be_chosen(ask, state):
    ModelCard.objects.filter(slug=BOTH[0]).update(state=state)
    with pytest.raises(NotAskable):
        ask(*BOTH)
    assert list(pairing.askable_versions()) == [BOTH[1]]


def test_an_operator_may_do_without(ask, settings):
    settings.NAMED_QUESTIONS = False
    with pytest.raises(NotAskable):
        ask(*ONE)
