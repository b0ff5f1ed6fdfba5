"""Votes that were cast elsewhere."""

from __future__ import annotations

from datetime import date

import pytest

from arena.boards.services.verification import verify_ledger
from arena.labels.services import label_set
from arena.ledger.models import Cell, LedgerEntry
from arena.ledger.services import imports
from arena.ledger.services.exclusions import exclude_source, restore_source
from arena.ledger.services.folding import fold
from arena.ledger.services.imports import ImportedVote, append_imported
from tests.arena.ledger.adding_up import counted, difference
from tests.factories import make_card, make_vote

pytestmark = pytest.mark.django_db
DAY = date(2024, 2, 29)


@pytest.fixture
def vote():
    """Makes a vote of that number on the same two cards."""
    cards, labels = [make_card("first").pk, make_card("second").pk], label_set(language="en").pk
    return lambda key, **fields: ImportedVote(key, *cards, 0, DAY, labels)._replace(**fields)


def bring(*votes, source="lmarena/2024"):
    return append_imported(source=source, votes=votes)


def test_each_is_an_entry_with_its_source_its_number_there_and_its_day(vote):
    assert bring(vote(7), vote(3)) == 2
    rows = LedgerEntry.objects.order_by("number")
    assert list(rows.values_list("number", "vote", "source", "source_key", "day")) == [
        (1, None, "lmarena/2024", 7, DAY),
        (2, None, "lmarena/2024", 3, DAY),
    ]
    assert (counted(), difference(), Cell.objects.get().day) == (2, [], DAY)


def test_what_the_ledger_has_is_not_taken_again(vote, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    bring(vote(1), vote(2), vote(3))
    assert bring(vote(2), vote(3), vote(4), vote(4), vote(4)) == 1
    assert (counted(), difference()) == (4, [])


def test_the_same_number_in_another_source_is_another_vote(vote):
    bring(vote(1))
    assert bring(vote(1), source="other") == 1


def test_the_chain_goes_on_over_own_and_imported_votes(vote):
    make_vote()
    fold()
    bring(vote(1))
    make_vote()
    fold()
    assert verify_ledger().findings == ()


@pytest.mark.parametrize("source", ["", "A", "a b", "a\n", "x" * 41, "-a"])
def test_a_source_has_a_plain_name(vote, source):
    with pytest.raises(ValueError, match="source"):
        bring(vote(1), source=source)


@pytest.mark.parametrize("fields", [{"card_a": 10**9}, {"labels": 10**9}])
def test_what_this_arena_does_not_have_is_refused(vote, fields):
    with pytest.raises(ValueError, match="does not have"):
        bring(vote(1, **fields))
    assert not LedgerEntry.objects.exists()


def test_a_card_does_not_meet_itself(vote):
    with pytest.raises(ValueError, match="itself"):
        bring(vote(1, card_a=vote(1).card_b))


def test_a_source_is_taken_out_and_back_in_as_a_whole(vote, monkeypatch):
    monkeypatch.setattr("arena.ledger.services.exclusions.PIECE", 2)
    bring(*(vote(key) for key in (5, 1, -3)))
    bring(vote(1), source="other")
    assert exclude_source(source="lmarena/2024", by="ada") == 3
    assert exclude_source(source="lmarena/2024") == 0
    assert (counted(), difference()) == (1, [])
    assert restore_source(source="lmarena/2024") == 3
    assert (counted(), difference()) == (4, [])
