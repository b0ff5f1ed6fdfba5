"""A recount finds ledger and counts equal, whatever was done, and names what was tampered with."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.battles.models import UnfoldedVote, Vote
from arena.boards.services.updating import update_live_boards
from arena.boards.services.verification import verify_ledger
from arena.boards.tasks import verify_ledger as task
from arena.labels.services import label_set
from arena.ledger.models import Cell, LedgerEntry, PairCount, Recount
from arena.ledger.selectors import votes as ledger_votes
from arena.ledger.selectors.audit import read_entries
from arena.ledger.services import audit, folding
from arena.ledger.services.chain import early_chain
from arena.ledger.services.exclusions import exclude, restore
from arena.ledger.services.folding import fold
from arena.ledger.states import ExclusionReason
from tests.arena.ledger.adding_up import counted, difference
from tests.arena.ledger.earlier import write_as_before
from tests.factories import make_models, make_version, make_vote

pytestmark = pytest.mark.django_db

BALLOT = st.tuples(
    st.permutations([0, 1, 2]).map(lambda order: tuple(order[:2])),
    st.sampled_from(["a", "b", "tie", "both_bad"]),
    st.sampled_from(["", "", "", "a", "b"]),
)
"""The two models, the choice, and the side that names its model, if any."""


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    folds=st.lists(st.lists(BALLOT, max_size=6), min_size=1, max_size=4),
    batch=st.integers(1, 4),
    dice=st.randoms(use_true_random=False),
)
def test_counts_equal_a_recount_whatever_was_voted_excluded_and_restored(
    db, monkeypatch, folds, batch, dice
):
    monkeypatch.setattr(folding, "BATCH", batch)
    monkeypatch.setattr(audit, "PIECE", batch)
    models = [make_version() for _ in range(3)]
    for ballots in folds:
        for (one, other), choice, betrayed in ballots:
            fields = {betrayed: {"betrays": True}} if betrayed else {}
            make_vote(models[one], models[other], choice, **fields)
        fold()
        votes = list(Vote.objects.values_list("pk", flat=True))
        for change in (exclude, restore):
            change(votes=dice.sample(votes, len(votes) // 2), reason=ExclusionReason.OPERATOR)
    assert difference() == []
    assert verify_ledger().findings == ()


@pytest.fixture
def votes():
    """Four in the ledger."""
    first, second = make_models("first", "second")
    votes = [make_vote(first, second, choice).pk for choice in ("a", "a", "b", "tie")]
    fold()
    return votes


def tamper(number, **fields):
    """Past the model, which would refuse."""
    assert QuerySet(LedgerEntry).filter(number=number).update(**fields) == 1


def findings():
    return list(verify_ledger().findings)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "exclusion"},
        {"vote": 10**9},
        {"version_a": None, "version_b": None},
        {"outcome": 3},
        {"reason": "operator"},
        {"day": "2001-01-01"},
        {"hash": "0" * 64},
    ],
)
def test_an_entry_that_was_changed_is_named(votes, fields):
    tamper(2, **fields)
    changed = "Entry 2 was changed: its hash does not follow from entry 1."
    assert changed in findings()


@pytest.mark.parametrize(
    "fields",
    [
        {"card_a": F("card_b"), "card_b": F("card_a")},
        {"version_a": F("version_b"), "version_b": F("version_a")},
        {"version_b": F("version_a")},
        {"version_a": 10**9},
    ],
)
def test_a_version_of_another_model_is_named(votes, fields):
    tamper(2, **fields)
    assert "Entry 2 names a version that is not its model's." in findings()


def test_other_labels_are_a_change_too(votes):
    tamper(4, labels=label_set(language="de"))
    assert "Entry 4 was changed: its hash does not follow from entry 3." in findings()


def test_a_name_can_be_erased_without_breaking_the_chain(votes):
    exclude(votes=votes[:1], reason=ExclusionReason.OPERATOR, by="ada")
    tamper(5, by="")
    assert findings() == []


def test_a_missing_entry_is_named(votes):
    QuerySet(LedgerEntry).filter(number=3).delete()
    assert "Entry 3 is missing." in findings()
    assert f"Vote {votes[2]} is neither in the ledger nor waits for it." in findings()


def test_a_ledger_that_ends_before_a_snapshot_is_noticed(votes, no_layer):
    update_live_boards()
    QuerySet(LedgerEntry).filter(number=4).delete()
    assert any("rests on entry 4" in finding for finding in findings())


def test_a_vote_that_was_lost_is_named():
    vote = make_vote()
    UnfoldedVote.objects.all().delete()
    assert findings() == [f"Vote {vote.pk} is neither in the ledger nor waits for it."]


def test_a_vote_that_would_be_counted_twice_is_named(votes):
    UnfoldedVote.objects.create(vote_id=votes[0])
    assert findings() == [f"Vote {votes[0]} is in the ledger and waits for it, too."]


def test_totals_and_cells_that_are_wrong_are_named_with_both_numbers(votes):
    PairCount.objects.filter(outcome=0).update(votes=7)
    Cell.objects.filter(outcome=1).delete()
    total, cell = findings()
    assert total == "first v1 - second v1, outcome a: 7 are counted, the ledger says 2."
    assert cell.startswith("first v1 - second v1, outcome b, on 20")
    assert cell.endswith(": 0 are counted, the ledger says 1.")


def test_a_count_without_any_entry_is_named(votes):
    first, second = Cell.objects.values_list("version_a", "version_b")[0]
    PairCount.objects.create(version_a_id=second, version_b_id=first, outcome=2, votes=1)
    assert findings() == ["second v1 - first v1, outcome tie: 1 are counted, the ledger says 0."]


def test_entries_from_before_days_and_labels_keep_their_hashes(votes):
    write_as_before(2, early=2)
    assert findings() == ["Entry 3 was changed: its hash does not follow from entry 2."]


def test_an_earlier_hash_behind_one_of_today_is_a_change(votes):
    write_as_before(4)
    entries = list(read_entries(4, 10))
    tamper(4, hash=early_chain(entries[2][1], entries[3][2], ledger_votes.names()))
    assert findings() == ["Entry 4 was changed: its hash does not follow from entry 3."]


def test_it_says_how_far_it_is(votes, monkeypatch):
    monkeypatch.setattr(audit, "PIECE", 3)
    reached = []
    verify_ledger(tick=reached.append)
    assert reached == [3, 4]


def run(*arguments):
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return str(error), err.getvalue()
    return out.getvalue(), err.getvalue()


def test_the_command_says_that_all_is_well(votes):
    said, _ = run()
    assert said == (
        "All counts are what the 4 entries of the ledger say.\n"
        "Entries from number 1 on name versions of models.\n"
    )


def test_the_command_says_where_the_second_format_begins(votes):
    write_as_before(4)
    make_vote()
    fold()
    said, _ = run()
    assert said.endswith("Entries from number 5 on name versions of models.\n")


def test_the_command_fails_with_the_difference_in_words_and_changes_nothing(votes):
    PairCount.objects.filter(outcome=0).update(votes=7)
    said, named = run()
    assert said == "1 differences; the ledger is the truth."
    assert "7 are counted, the ledger says 2" in named
    assert counted() == 9


def test_repair_writes_the_counts_anew(votes):
    PairCount.objects.filter(outcome=0).update(votes=7)
    Cell.objects.all().delete()
    said, _ = run("--repair")
    assert "running programs notice" in said
    assert (counted(), difference()) == (4, [])


def test_nothing_is_repaired_from_a_ledger_that_was_changed(votes):
    tamper(2, outcome=3)
    PairCount.objects.filter(outcome=0).update(votes=7)
    _, named = run("--repair")
    assert "Entry 2 was changed" in named
    assert counted() == 9


def test_the_night_reports_loudly_keeps_the_report_and_changes_nothing(votes, caplog):
    task()
    assert (Recount.objects.get().findings, caplog.text) == ([], "")
    PairCount.objects.filter(outcome=0).update(votes=7)
    task()
    found = Recount.objects.latest()
    assert (found.ledger_number, len(found.findings), counted()) == (4, 1, 9)
    assert "7 are counted, the ledger says 2" in caplog.text


def test_operators_read_what_the_night_found(votes, admin_client):
    Cell.objects.filter(outcome=2).update(votes=5)
    task()
    page = admin_client.get("/admin/ledger/recount/").content.decode()
    assert "5 are counted, the ledger says 1." in page
    assert "icon-no.svg" in page
