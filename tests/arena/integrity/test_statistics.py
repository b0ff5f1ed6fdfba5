"""Votes of known worlds: what is rigged is found, what is honest is not."""

from __future__ import annotations

import numpy as np
import pytest

from arena.integrity.statistics.betting import (
    BettingRule,
    ExaminedVotes,
    FrozenStrengths,
    bets_on,
    wealth,
    wealth_by_group,
)
from arena.integrity.statistics.findings import (
    betting_voters,
    campaigns,
    drifting_models,
    rushed_voters,
    same_answers,
)
from tests.rigged_votes import VoteWorld, fitted


@pytest.fixture
def world():
    """The same votes for a test in whatever order the tests run."""
    world = VoteWorld(20, 5)
    world.dice = np.random.default_rng(7)
    return world


@pytest.fixture(scope="module")
def board():
    return fitted(VoteWorld(20, 5).honest(10_000), 20)


def about(model, findings):
    """The finding that the model is pushed up; its opponents may be found, too, as they lose."""
    [found] = [one for one in findings if (one.model, one.direction) == (model, 1)]
    return found


def test_wealth_is_a_martingale_where_the_board_is_right():
    strengths = FrozenStrengths(("x", "y"), np.array([0.4, 0.0]), np.zeros((2, 2)))
    chance = 1 / (1 + np.exp(-0.4))
    zero = np.zeros(2)
    both = ExaminedVotes(
        np.zeros(2, int), np.ones(2, int), np.array([1.0, 0.0]), zero.astype(int), zero, zero
    )
    for direction in (1, -1):
        bets = bets_on(both, strengths, direction, BettingRule(np.array([0.2, 0.9]), errors=0.0))
        growth = np.exp(bets.growth.reshape(2, 2, 2))
        expected = chance * growth[0] + (1 - chance) * growth[1]
        assert expected == pytest.approx(np.ones((2, 2)))


def test_wealth_by_group_is_that_of_each_bettor_alone():
    growth = np.log(np.random.default_rng(1).uniform(0.5, 1.6, (9, 3)))
    group = np.array([2, 2, 2, 5, 7, 7, 7, 7, 9])
    alone = np.concatenate([wealth(growth[group == one]) for one in (2, 5, 7, 9)])
    assert wealth_by_group(growth, group) == pytest.approx(alone)


def test_an_identity_that_votes_for_one_model_alone_is_found_with_all_its_votes(world, board):
    votes = world.honest(2_000) + world.target_only(30, each=30)
    (found,) = betting_voters(votes.examined(), board)
    assert (found.model, found.direction) == (world.target, 1)
    assert votes.rigged[found.rows].all()
    assert len(found.rows) == 30
    assert found.curve.max() >= found.level


def test_votes_against_a_model_are_found_too(world, board):
    attack = world.target_only(40, each=40)
    votes = attack.examined()
    against = ExaminedVotes(votes.a, votes.b, 1.0 - votes.points, votes.voter, votes.at, votes.age)
    (found,) = betting_voters(against, board)
    assert (found.model, found.direction) == (world.target, -1)


def test_honest_votes_raise_nothing(world, board):
    votes = world.honest(4_000, each=100).examined()
    assert list(betting_voters(votes, board)) == []
    assert list(drifting_models(votes, board)) == []
    assert list(campaigns(votes, board)) == []


def test_a_voter_who_ties_everything_is_not_taken_for_one_who_pushes_a_model(world, board):
    votes = world.honest(60, each=60).examined()
    ties = ExaminedVotes(votes.a, votes.b, np.full(60, 0.5), votes.voter, votes.at, votes.age)
    assert list(betting_voters(ties, board)) == []


def test_a_board_of_few_votes_finds_less_instead_of_wrongly():
    young = VoteWorld(12, 3)
    board = fitted(young.honest(60), 12)
    assert list(betting_voters(young.honest(3_000, each=300).examined(), board)) == []


def test_an_attack_of_many_identities_is_seen_in_the_models_votes(world, board):
    votes = world.mixed(1_500, 0.1, each=3)
    found = about(world.target, drifting_models(votes.examined(), board))
    assert votes.rigged[found.rows].mean() > 0.4


def test_a_drift_that_begins_late_is_seen(world, board):
    votes = world.honest(3_000) + world.mixed(1_500, 0.1, each=3, first=500)
    assert about(world.target, drifting_models(votes.examined(), board))


def test_who_attacks_again_after_many_honest_votes_carries_the_evidence_too(world, board):
    again = world.mixed(1_500, 0.1, each=3, first=500)
    again.voter[again.rigged] += 1_000
    pause = world.honest(6_000, each=10, first=2_000)
    votes = world.mixed(1_500, 0.1, each=3) + pause + again
    found = about(world.target, drifting_models(votes.examined(), board))
    carries = np.isin(votes.voter[found.rows], found.carriers)
    rigged = votes.rigged[found.rows]
    assert (carries & rigged)[found.rows >= 7_500].sum() > 0.5 * rigged[found.rows >= 7_500].sum()
    assert rigged[carries].mean() > 0.7


def test_a_campaign_names_its_identities_and_not_the_honest_young(world, board):
    votes = world.mixed(1_500, 0.1, each=6)
    found = about(world.target, campaigns(votes.examined(), board))
    rigged = np.unique(votes.voter[votes.rigged])
    assert np.isin(rigged, found.voters).mean() > 0.6
    assert np.isin(found.voters, rigged).mean() > 0.9
    assert set(votes.voter[found.rows]) == set(found.voters)


def test_old_identities_are_no_campaign(world, board):
    votes = world.mixed(1_500, 0.1, each=6).examined(age=30 * 24 * 3600.0)
    assert list(campaigns(votes, board)) == []


def test_a_voter_with_one_answer_whatever_stands_where_is_found():
    dice = np.random.default_rng(2)
    voter = np.repeat([1, 2, 3], 40)
    choice = np.concatenate([np.zeros(40, int), dice.integers(0, 2, 40), dice.integers(0, 4, 40)])
    (found,) = same_answers(voter, choice)
    assert (found.voter, found.count, found.of) == (1, 40, 40)


def test_a_voter_who_votes_before_anybody_can_read_is_found():
    voter = np.repeat([1, 2, 3], 20)
    seconds = np.concatenate([np.full(20, 1.0), np.full(20, 15.0), np.full(20, np.nan)])
    (found,) = rushed_voters(voter, seconds, np.full(60, 200.0))
    assert (found.voter, found.count, found.of) == (1, 20, 20)


def test_no_votes_are_no_finding(board):
    nothing = VoteWorld(20, 1).honest(0).examined()
    for find in (betting_voters, drifting_models, campaigns):
        assert list(find(nothing, board)) == []
    empty = np.zeros(0, dtype=int)
    assert list(same_answers(empty, empty)) == []
    assert list(rushed_voters(empty, np.zeros(0), np.zeros(0))) == []
