"""Short versions of the programs that fill a ledger: on a stack of their own, for what they vote
on is no model that answers."""

from __future__ import annotations

import pytest

from tests.chaos import fold_kill, votes_while_folding
from tests.stack import running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.database]


@pytest.fixture(scope="module")
def stack():
    with running() as stack:
        yield stack


def missed(figures):
    return [figure for figure in figures if figure.ok is False]


def test_no_vote_is_lost_or_doubled_while_the_worker_folds(stack):
    run = votes_while_folding.rush(stack, rate=20, seconds=3, connections=4, backlog=2000)
    assert len(run.told) == 60
    assert missed(votes_while_folding.figures(run, rate=20, p99=None)) == []


def test_a_worker_that_is_killed_leaves_no_gap_and_nothing_half(stack):
    kills = fold_kill.play(stack, rounds=2, votes=3000, seed=1)
    assert kills.hit.total() == 2
    assert missed(fold_kill.figures(kills)) == []
