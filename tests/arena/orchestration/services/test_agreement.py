"""Two equal answers are no question: the battle ends as an agreement, without a vote."""

from __future__ import annotations

import pytest

from arena.battles.models import Battle, Vote
from arena.battles.selectors import reading
from arena.battles.states import BattleState
from arena.orchestration import services
from arena.orchestration.services import NotVotable
from tests.arena.battle_pages.browsing import Visitor
from tests.arena.orchestration.working import state_of
from tests.factories import ballot


@pytest.fixture
def answer(battle, workers, commit):
    def both(a, b):
        for worker, text in ((workers["a"], a), (workers["b"], b)):
            worker.answer(text)
            commit(services.finish_generation, worker.outcome())

    return both


@pytest.mark.parametrize(
    ("a", "b"),
    [("Two.", "Two."), ("I count  two.\n", "I\u00a0count two."), ("\ufb01ve \uff12", "five 2")],
)
def test_answers_that_a_reader_can_not_tell_apart_agree(battle, answer, a, b):
    answer(a, b)
    assert state_of(battle) == BattleState.AGREED
    assert reading.open_counts() == {}
    assert reading.open_battle(battle.voter) is None


@pytest.mark.parametrize(
    ("a", "b"), [("Two.", "two."), ("Two.", "Two"), ("2.", "Two."), ("\u00e9", "e")]
)
def test_answers_that_differ_in_a_letter_or_a_sign_are_voted_on(battle, answer, a, b):
    answer(a, b)
    assert state_of(battle) == BattleState.VOTING


def test_nobody_votes_on_an_agreement_and_its_names_may_be_seen(battle, answer, commit):
    answer("Two.", "Two.")
    with pytest.raises(NotVotable):
        commit(services.cast_vote, **ballot(battle), choice="tie")
    for move in (BattleState.SKIPPED, BattleState.STOPPED):
        with pytest.raises(Exception, match="moved on"):
            commit(services.end_battle, battle=Battle.objects.get(), to=move)
    owner = Visitor(commit, battle.voter)
    assert owner.get(f"/battles/{battle.public_id}/names").status_code == 200
    assert "They agree." in owner.get(f"/battles/{battle.public_id}/").content.decode()
    assert Vote.objects.count() == 0
