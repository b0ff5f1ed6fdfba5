from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arena.battles.models import UnfoldedVote, Vote
from arena.battles.selectors import waiting
from arena.battles.selectors.waiting import waiting_votes
from arena.labels.models import BattleLabels
from arena.labels.services import label_battles, label_set
from arena.ledger.models import GENESIS, LedgerEntry, ModelHold, PairCount
from arena.ledger.selectors.events import last_events
from arena.ledger.selectors.votes import ballots
from arena.ledger.services import folding
from arena.ledger.services.exclusions import restore
from arena.ledger.services.folding import fold
from arena.ledger.services.tallies import tally
from arena.orchestration.services import cast_vote
from tests.arena.queries import goes_through, plans
from tests.factories import ballot, make_battle, make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db


def counts():
    return {
        (row.version_a.card.slug, row.version_b.card.slug, row.get_outcome_display()): row.votes
        for row in PairCount.objects.filter(votes__gt=0)
    }


def entries():
    return list(LedgerEntry.objects.order_by("number"))


def test_each_vote_gets_the_next_number():
    votes = [make_vote() for _ in range(3)]
    assert fold() == 3
    assert [(entry.number, entry.vote_id) for entry in entries()] == [
        (number, vote.pk) for number, vote in enumerate(votes, start=1)
    ]


def test_a_vote_is_folded_once():
    make_vote()
    fold()
    assert fold() == 0
    assert LedgerEntry.objects.count() == 1
    assert not UnfoldedVote.objects.exists()


def test_numbers_go_on_without_a_gap_over_folds_and_batches(monkeypatch):
    monkeypatch.setattr(folding, "BATCH", 2)
    for size in (5, 1, 4):
        [make_vote() for _ in range(size)]
        assert fold() == size
    assert [entry.number for entry in entries()] == list(range(1, 11))


@pytest.mark.parametrize("few", [2, 9])
def test_votes_wait_in_order_whether_they_are_named_or_joined(monkeypatch, few):
    monkeypatch.setattr(waiting, "FEW", few)
    keys = [make_vote().pk for _ in range(5)]
    assert [one.pk for one in waiting_votes()] == keys
    assert [one[0] for one in ballots(2, after=keys[1])] == keys[2:4]
    assert fold() == 5
    assert [entry.vote_id for entry in entries()] == keys


def test_while_an_alarm_is_open_a_fold_looks_up_what_its_voters_had_cast():
    vote = make_vote()
    ModelHold.objects.create(card=vote.version_a.card, since=vote.created_at)
    with plans() as found:
        assert [reason for *_, reason, _, _ in ballots(10)] == ["provisional"]
    # SQLite names the tables of these questions by their aliases.
    tables = ("ledgerentry", "battles_vote", "U0", "V0")
    assert not any(goes_through(plan, tables) for plan in found)


def test_a_vote_of_before_the_alarm_counts_however_late_it_is_folded():
    vote = make_vote()
    ModelHold.objects.create(card=vote.version_a.card, since=vote.created_at + timedelta(seconds=1))
    fold()
    assert last_events([vote.pk])[vote.pk].counts


def test_a_vote_that_commits_late_is_not_missed():
    late, early = make_vote(), make_vote()
    UnfoldedVote.objects.get(vote=late).delete()  # not visible to the first fold
    fold()
    UnfoldedVote.objects.create(vote=late)
    fold()
    assert [entry.vote_id for entry in entries()] == [early.pk, late.pk]


def test_counts_keep_sides_and_outcomes_apart():
    first, second = make_models("first", "second")
    make_vote(first, second, "a")
    make_vote(first, second, "a")
    make_vote(second, first, "a")
    make_vote(first, second, "both_bad")
    fold()
    assert counts() == {
        ("first", "second", "A is better"): 2,
        ("second", "first", "A is better"): 1,
        ("first", "second", "Both are bad"): 1,
    }


def test_counts_add_up_over_folds():
    first, second = make_models("first", "second")
    for _ in range(3):
        make_vote(first, second, "tie")
        fold()
    assert counts() == {("first", "second", "Both are good"): 3}


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_vote_on_an_answer_that_names_its_model_is_kept_and_not_counted(side):
    make_vote(**{side: {"betrays": True}})
    fold()
    assert [(e.number, e.kind, e.reason) for e in entries()] == [
        (1, "vote", ""),
        (2, "exclusion", "betrayed"),
    ]
    assert counts() == {}


def test_a_vote_on_a_question_that_another_asked_is_kept_until_an_operator_restores_it():
    vote, others = make_vote(), make_vote()
    for one, verdict in ((vote, "fail"), (others, "pass")):
        one.battle.gate_results.create(gate="repeated_question", verdict=verdict, source="picture")
    vote.battle.gate_results.create(gate="network_battles", verdict="pass", source="budget")
    fold()
    assert [(e.vote_id, e.kind, e.reason) for e in entries()] == [
        (vote.pk, "vote", ""),
        (vote.pk, "exclusion", "duplicate"),
        (others.pk, "vote", ""),
    ]
    assert restore(votes=[vote.pk], reason="operator", by="somebody") == 1
    assert sum(counts().values()) == 2


def test_a_vote_of_a_young_account_is_kept_until_an_operator_restores_it(settings):
    settings.ACCOUNT_HOURS = 24
    young, old, unknown = (make_vote() for _ in range(3))
    for one, verdict in ((young, "fail"), (old, "pass"), (unknown, "unknown")):
        one.battle.gate_results.create(gate="account_age", verdict=verdict, source="account")
    fold()
    out = LedgerEntry.objects.exclude(kind="vote").values_list("vote", "kind", "reason")
    assert list(out) == [(young.pk, "exclusion", "account")]
    assert restore(votes=[young.pk], reason="operator", by="somebody") == 1
    assert sum(counts().values()) == 3


def test_the_exclusion_stands_directly_behind_its_vote():
    make_vote(a={"betrays": True})
    make_vote()
    fold()
    kinds = [(entry.kind, entry.vote_id) for entry in entries()]
    assert kinds[0][1] == kinds[1][1] != kinds[2][1]
    assert sum(counts().values()) == 1


def test_consent_to_publication_does_not_matter_for_counting():
    make_vote(publish=True)
    make_vote(publish=False)
    fold()
    assert sum(counts().values()) == 2


def test_the_hash_covers_what_came_before_and_the_entry_and_no_content():
    first, second = make_models("first", "second")
    votes = [make_vote(first, second, "a"), make_vote(first, second, "tie")]
    labels = label_set(language="en", category="ocr", preset=True)
    [BattleLabels.objects.create(battle=vote.battle, labels=labels) for vote in votes]
    fold()
    expected = GENESIS
    for vote, entry in zip(votes, entries(), strict=True):
        day = f"{vote.created_at:%Y-%m-%d}"
        pair = ["first", 1, "second", 1]
        facts = [2, "vote", "", vote.pk, *pair, vote.choice, "", day, "en", "ocr", 1]
        lines = "\n".join(map(str, [expected, *facts]))
        expected = hashlib.sha256(lines.encode()).hexdigest()
        assert entry.hash == expected


def test_a_fold_asks_no_more_queries_for_many_votes_than_for_one():
    first, second = make_models("first", "second")
    make_vote(first, second)
    fold()  # makes label sets
    asked = []
    for size in (1, 30):
        [make_vote(first, second) for _ in range(size)]
        with CaptureQueriesContext(connection) as queries:
            fold()
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_idle_fold_asks_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert fold() == 0


@pytest.mark.parametrize("change", ["save", "delete"])
def test_an_entry_is_never_changed_or_deleted(change):
    make_vote()
    fold()
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
    append = folding.append

    def commit_meanwhile(events):
        monkeypatch.setattr(folding, "append", append)
        numbers = append(events)
        UnfoldedVote.objects.create(vote=late)
        return numbers

    monkeypatch.setattr(folding, "append", commit_meanwhile)
    fold()
    assert [entry.vote_id for entry in entries()] == [first.pk, last.pk, late.pk]
    assert not UnfoldedVote.objects.exists()


def test_votes_beyond_the_days_budget_are_stored_and_not_counted(settings, valkey_url):
    settings.COUNTED_VOTES_A_DAY = 2
    voter, pair = make_voter(), make_models("budget-a", "budget-b")
    for _ in range(4):
        battle = make_battle(*pair, voter=voter)
        cast_vote(**ballot(battle), choice="a")
    fold()
    assert list(Vote.objects.order_by("pk").values_list("votes_today", flat=True)) == [0, 1, 2, 3]
    reasons = LedgerEntry.objects.filter(kind="exclusion").values_list("reason", flat=True)
    assert list(reasons) == ["budget", "budget"]
    assert tally().counts.total == 2
