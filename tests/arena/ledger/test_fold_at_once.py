"""Folds in several threads at once, on real transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from arena.battles.models import UnfoldedVote
from arena.core.locks import single_flight
from arena.ledger.models import LedgerEntry, PairCount
from arena.ledger.services import counting, folding
from arena.ledger.services.folding import fold
from tests.factories import make_models, make_vote, make_votes

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(work, times):
    def one(_):
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_folds_at_once_number_each_vote_once(monkeypatch):
    monkeypatch.setattr(folding, "BATCH", 3)
    first, second = make_models("first", "second")
    votes = make_votes(*[(first, second, "a")] * 20)
    in_threads(fold, 4)
    fold()
    entries = LedgerEntry.objects.order_by("number")
    assert [entry.number for entry in entries] == list(range(1, 21))
    assert sorted(entry.vote_id for entry in entries) == [vote.pk for vote in votes]
    assert PairCount.objects.get().votes == 20


def test_votes_that_arrive_while_folding_all_reach_the_ledger():
    first, second = make_models("first", "second")

    def vote_and_fold():
        for _ in range(5):
            with transaction.atomic():
                make_vote(first, second)
            fold()

    in_threads(vote_and_fold, 4)
    fold()
    numbers = LedgerEntry.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 21))
    assert not UnfoldedVote.objects.exists()


def test_a_fold_that_breaks_off_leaves_nothing(monkeypatch):
    make_vote()
    monkeypatch.setattr(counting, "add", lambda numbers, named: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fold()
    assert not LedgerEntry.objects.exists()
    assert UnfoldedVote.objects.count() == 1


if connection.vendor == "postgresql":

    def test_a_fold_leaves_the_work_to_the_one_that_has_the_lock():
        make_vote()
        with single_flight("arena.leaderboard.ledger") as alone:
            assert alone
            assert in_threads(fold, 1) == [0]
        assert fold() == 1
