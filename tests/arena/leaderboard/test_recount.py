"""What the ledger says is what was counted, for any order of votes, folds and batches."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.battles.models import UnfoldedVote
from arena.leaderboard import selectors, services
from arena.leaderboard.models import GENESIS, LedgerEntry, PairCount
from arena.leaderboard.services import ledger
from arena.leaderboard.selectors import COLUMNS, Event
from arena.leaderboard.services.chain import chain, facts
from arena.leaderboard.states import Kind, Result
from tests.factories import make_models, make_version, make_vote

pytestmark = pytest.mark.django_db

BALLOT = st.tuples(
    st.permutations([0, 1, 2]).map(lambda order: tuple(order[:2])),
    st.sampled_from(["a", "b", "tie", "both_bad"]),
    st.sampled_from(["", "", "", "a", "b"]),
)
"""The two models, the choice, and the side that names its model, if any."""


def recount():
    """Counts from the ledger's entries alone."""
    cells = Counter()
    for entry in LedgerEntry.objects.all():
        sign = -1 if entry.kind == Kind.EXCLUSION else 1
        cells[entry.card_a_id, entry.card_b_id, entry.outcome] += sign
    return {cell: votes for cell, votes in cells.items() if votes}


def counted():
    rows = PairCount.objects.filter(votes__gt=0)
    return {(row.card_a_id, row.card_b_id, row.outcome): row.votes for row in rows}


def check_chain():
    previous, names = GENESIS, selectors.names()
    for number, entry in enumerate(LedgerEntry.objects.order_by("number"), start=1):
        assert entry.number == number
        event = Event(*(getattr(entry, column) for column in COLUMNS))
        previous = chain(previous, facts(event, names))
        assert entry.hash == previous


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    folds=st.lists(st.lists(BALLOT, max_size=6), min_size=1, max_size=4),
    batch=st.integers(1, 4),
)
def test_the_counts_equal_a_recount_of_the_ledger(db, monkeypatch, folds, batch):
    monkeypatch.setattr(ledger, "BATCH", batch)
    models = [make_version() for _ in range(3)]
    for ballots in folds:
        for (one, other), choice, betrayed in ballots:
            fields = {betrayed: {"betrays": True}} if betrayed else {}
            make_vote(models[one], models[other], choice, **fields)
        services.fold()
    assert counted() == recount()
    check_chain()
    assert not UnfoldedVote.objects.exists()


def test_each_kind_of_choice_is_counted_under_its_own_code():
    first, second = make_models("first", "second")
    for choice in ("a", "b", "tie", "both_bad"):
        make_vote(first, second, choice)
    services.fold()
    assert sorted(row.outcome for row in PairCount.objects.all()) == [0, 1, 2, 3]
    entries = LedgerEntry.objects.order_by("number")
    assert [Result(entry.outcome).name.lower() for entry in entries] == [
        "a",
        "b",
        "tie",
        "both_bad",
    ]
