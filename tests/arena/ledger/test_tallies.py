"""Counts that follow the ledger are the counts that its entries add up to."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arena.ledger.models import GENESIS, LedgerEntry
from arena.ledger.selectors.entries import tally_at
from arena.ledger.selectors.filters import EVERY_VOTE, VoteFilter
from arena.ledger.selectors.head import LedgerHead, head
from arena.ledger.services import tallies
from arena.ledger.services.folding import fold
from arena.ledger.services.tallies import RunningTallies, tallies_of
from tests.arena.ledger.labelled import vote_under
from tests.factories import make_models

pytestmark = pytest.mark.django_db

FILTERS = {
    "all": EVERY_VOTE,
    "category": VoteFilter(category="ocr"),
    "language": VoteFilter(language="de"),
    "own pictures": VoteFilter(without_presets=True),
    "both": VoteFilter(category="ocr", language="de"),
    "recent": VoteFilter(since=(timezone.now() - timedelta(days=2)).date()),
}


@pytest.fixture
def models():
    return make_models("first", "second", "third")


def some_votes(models):
    first, second, third = models
    vote_under(first, second, "a", category="ocr", language="de")
    vote_under(second, third, "b", category="ocr", language="en", preset=True)
    vote_under(third, first, "tie", language="de", days_ago=5)
    vote_under(first, third, "both_bad", category="code", days_ago=2)


def same(one, other):
    return (one.head, one.slugs) == (other.head, other.slugs) and one.counts == other.counts


def test_an_empty_ledger_has_no_counts():
    tally = RunningTallies().tallies(EVERY_VOTE)[0]
    assert (tally.head, tally.slugs, tally.counts.total) == (LedgerHead(0, GENESIS), (), 0)


@pytest.mark.parametrize("chosen", FILTERS.values(), ids=FILTERS)
def test_cells_add_up_to_what_the_entries_say(models, chosen):
    some_votes(models)
    fold()
    tally = RunningTallies().tallies(chosen)[0]
    assert same(tally, tally_at(tally.head.number, chosen))


@pytest.mark.parametrize("chosen", FILTERS.values(), ids=FILTERS)
def test_following_the_ledger_gives_what_reading_the_cells_gives(models, chosen):
    running = RunningTallies()
    for _ in range(3):
        some_votes(models)
        fold()
        followed = running.tallies(chosen)[0]
        assert same(followed, RunningTallies().tallies(chosen)[0])


def test_each_filter_takes_its_own_votes(models):
    some_votes(models)
    fold()
    totals = [one.counts.total for one in tallies_of(*FILTERS.values())]
    assert totals == [4, 2, 2, 3, 1, 3]


def test_all_filters_stand_at_the_same_entry(models):
    running = RunningTallies()
    some_votes(models)
    fold()
    running.tallies(EVERY_VOTE)
    some_votes(models)
    fold()
    heads = {one.head for one in running.tallies(*FILTERS.values())}
    assert heads == {head()}


def test_a_card_that_comes_later_finds_its_place(models):
    running = RunningTallies()
    some_votes(models)
    fold()
    running.tallies(EVERY_VOTE)
    vote_under(make_models("another")[0], models[0], "b")
    fold()
    assert same(running.tallies(EVERY_VOTE)[0], RunningTallies().tallies(EVERY_VOTE)[0])


def test_models_without_a_vote_under_the_filter_are_no_part_of_it(models):
    some_votes(models)
    fold()
    assert tallies.tally(FILTERS["both"]).slugs == ("first", "second")


def test_a_part_has_its_place_in_the_whole(models):
    some_votes(models)
    fold()
    part, whole = tallies_of(FILTERS["both"], EVERY_VOTE)
    counts = part.over(whole.slugs)
    assert np.array_equal(counts.votes, [1, 1, 0])


def test_many_new_entries_are_read_from_the_cells(models, monkeypatch):
    running = RunningTallies()
    some_votes(models)
    fold()
    running.tallies(EVERY_VOTE)
    monkeypatch.setattr(tallies, "BEHIND", 2)
    some_votes(models)
    fold()
    assert same(running.tallies(EVERY_VOTE)[0], RunningTallies().tallies(EVERY_VOTE)[0])


def test_another_ledger_than_before_is_noticed(models):
    running = RunningTallies()
    some_votes(models)
    fold()
    running.tallies(EVERY_VOTE)
    LedgerEntry.objects.filter(number=4)._raw_delete("default")
    assert running.tallies(EVERY_VOTE)[0].head.number == 3


def test_a_later_look_reads_only_what_is_new(models):
    running = RunningTallies()
    some_votes(models)
    fold()
    running.tallies(FILTERS["category"])
    with CaptureQueriesContext(connection) as queries:
        running.tallies(FILTERS["category"])
    assert len(queries) == 1  # the entries behind the known one
    assert not any("ledger_cell" in one["sql"] for one in queries)


def test_a_process_keeps_so_many_filters_and_no_more(models, monkeypatch):
    monkeypatch.setattr(tallies, "MOST_FILTERS", 2)
    some_votes(models)
    fold()
    running = RunningTallies()
    for chosen in FILTERS.values():
        running.tallies(chosen)
    assert len(running._tables) == 2


def test_the_same_ledger_under_other_keys_is_the_same(models):
    """As after a backup was played back into another database."""
    running = RunningTallies()
    vote_under(*models[:2])
    fold()
    before = running.tallies(EVERY_VOTE)[0]
    cards = [model.card for model in models[:2]]
    for card, slug in zip(cards, ("x", "y"), strict=True):
        type(card).objects.filter(pk=card.pk).update(slug=slug)
    assert running.tallies(EVERY_VOTE)[0].slugs == before.slugs
