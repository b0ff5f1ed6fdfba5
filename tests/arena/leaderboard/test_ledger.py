from __future__ import annotations

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arena.battles.models import UnfoldedVote
from arena.labels.models import BattleLabels
from arena.labels.services import label_battles, label_set
from arena.leaderboard import services
from arena.leaderboard.models import GENESIS, LedgerEntry, PairCount
from arena.leaderboard.services import ledger
from tests.factories import make_models, make_vote

pytestmark = pytest.mark.django_db


def counts():
    return {
        (row.card_a.slug, row.card_b.slug, row.get_outcome_display()): row.votes
        for row in PairCount.objects.filter(votes__gt=0)
    }


def entries():
    return list(LedgerEntry.objects.order_by("number"))


def test_each_vote_gets_the_next_number():
    votes = [make_vote() for _ in range(3)]
    assert services.fold() == 3
    assert [(entry.number, entry.vote_id) for entry in entries()] == [
        (number, vote.pk) for number, vote in enumerate(votes, start=1)
    ]


def test_a_vote_is_folded_once():
    make_vote()
    services.fold()
    assert services.fold() == 0
    assert LedgerEntry.objects.count() == 1
    assert not UnfoldedVote.objects.exists()


def test_numbers_go_on_without_a_gap_over_folds_and_batches(monkeypatch):
    monkeypatch.setattr(ledger, "BATCH", 2)
    for size in (5, 1, 4):
        [make_vote() for _ in range(size)]
        assert services.fold() == size
    assert [entry.number for entry in entries()] == list(range(1, 11))


def test_a_vote_that_commits_late_is_not_missed():
    late, early = make_vote(), make_vote()
    UnfoldedVote.objects.get(vote=late).delete()  # not visible to the first fold
    services.fold()
    UnfoldedVote.objects.create(vote=late)
    services.fold()
    assert [entry.vote_id for entry in entries()] == [early.pk, late.pk]


def test_counts_keep_sides_and_outcomes_apart():
    first, second = make_models("first", "second")
    make_vote(first, second, "a")
    make_vote(first, second, "a")
    make_vote(second, first, "a")
    make_vote(first, second, "both_bad")
    services.fold()
    assert counts() == {
        ("first", "second", "A is better"): 2,
        ("second", "first", "A is better"): 1,
        ("first", "second", "Both are bad"): 1,
    }


def test_counts_add_up_over_folds():
    first, second = make_models("first", "second")
    for _ in range(3):
        make_vote(first, second, "tie")
        services.fold()
    assert counts() == {("first", "second", "Both are good"): 3}


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_vote_on_an_answer_that_names_its_model_is_kept_and_not_counted(side):
    make_vote(**{side: {"betrays": True}})
    services.fold()
    assert [(e.number, e.kind, e.reason) for e in entries()] == [
        (1, "vote", ""),
        (2, "exclusion", "betrayed"),
    ]
    assert counts() == {}


def test_the_exclusion_stands_directly_behind_its_vote():
    make_vote(a={"betrays": True})
    make_vote()
    services.fold()
    kinds = [(entry.kind, entry.vote_id) for entry in entries()]
    assert kinds[0][1] == kinds[1][1] != kinds[2][1]
    assert sum(counts().values()) == 1


def test_consent_to_publication_does_not_matter_for_counting():
    make_vote(publish=True)
    make_vote(publish=False)
    services.fold()
    assert sum(counts().values()) == 2


def test_the_hash_covers_what_came_before_and_the_entry_and_no_content():
    first, second = make_models("first", "second")
    votes = [make_vote(first, second, "a"), make_vote(first, second, "tie")]
    labels = label_set(language="en", category="ocr", preset=True)
    [BattleLabels.objects.create(battle=vote.battle, labels=labels) for vote in votes]
    services.fold()
    expected = GENESIS
    for vote, entry in zip(votes, entries(), strict=True):
        day = f"{vote.created_at:%Y-%m-%d}"
        facts = ["vote", "", vote.pk, "first", "second", vote.choice, "", day, "en", "ocr", 1]
        lines = "\n".join(map(str, [expected, *facts]))
        expected = hashlib.sha256(lines.encode()).hexdigest()
        assert entry.hash == expected


def test_a_fold_asks_no_more_queries_for_many_votes_than_for_one():
    first, second = make_models("first", "second")
    make_vote(first, second)
    services.fold()  # makes label sets
    asked = []
    for size in (1, 30):
        [make_vote(first, second) for _ in range(size)]
        with CaptureQueriesContext(connection) as queries:
            services.fold()
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_idle_fold_asks_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert services.fold() == 0


@pytest.mark.parametrize("change", ["save", "delete"])
def test_an_entry_is_never_changed_or_deleted(change):
    make_vote()
    services.fold()
    with pytest.raises(ValueError, match="ledger entry 1"):
        getattr(LedgerEntry.objects.get(), change)()


def test_entries_are_never_changed_or_deleted_in_bulk():
    with pytest.raises(ValueError, match="changed"):
        LedgerEntry.objects.all().update(kind="exclusion")
    with pytest.raises(ValueError, match="deleted"):
        LedgerEntry.objects.all().delete()


def test_a_vote_that_commits_between_others_while_they_are_taken_is_not_forgotten(monkeypatch):
    first, late, last = (make_vote() for _ in range(3))
    label_battles(3)
    UnfoldedVote.objects.get(vote=late).delete()  # not visible yet
    append = ledger.append

    def commit_meanwhile(events):
        monkeypatch.setattr(ledger, "append", append)
        numbers = append(events)
        UnfoldedVote.objects.create(vote=late)
        return numbers

    monkeypatch.setattr(ledger, "append", commit_meanwhile)
    services.fold()
    assert [entry.vote_id for entry in entries()] == [first.pk, last.pk, late.pk]
    assert not UnfoldedVote.objects.exists()
