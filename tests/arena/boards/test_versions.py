"""Two versions of one model: what a board by versions shows of them, and one by cards."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db.models import F, QuerySet

from arena.battles.models import DrawPlan
from arena.boards.models import Board
from arena.boards.selectors import latest
from arena.boards.services.reproduction import reproduce_snapshot
from arena.boards.services.snapshots import recompute
from arena.boards.services.updating import boards_to_compute, update_live_boards
from arena.boards.services.verification import rebuild_counts, verify_ledger
from arena.labels.services import label_set
from arena.leaderboard.selectors.standings import standings
from arena.ledger.models import Cell, CountedEntries, LedgerEntry, PairCount
from arena.ledger.selectors.audit import read_entries
from arena.ledger.selectors.entries import tally_at
from arena.ledger.selectors.filters import EVERY_VOTE
from arena.ledger.selectors.votes import names
from arena.ledger.services.chain import card_facts
from arena.ledger.services.exclusions import exclude, exclude_source, restore
from arena.ledger.services.folding import fold
from arena.ledger.services.imports import ImportedVote, append_imported
from arena.ledger.services.tallies import RunningTallies
from arena.ledger.states import ExclusionReason, RatedUnit
from arena.rating.verify.chain import chained
from tests.arena.ledger.adding_up import difference
from tests.arena.ledger.earlier import write_as_before
from tests.factories import make_models, make_version, make_vote

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer")]

BY_VERSION = {"heron@1": 12, "heron@2": 6, "newt@1": 18}
BY_CARD = {"heron": 18, "newt": 18}


@pytest.fixture
def models(settings):
    """Heron has two versions; four votes of the first stand in the ledger as 0.1.0 wrote them."""
    settings.BOARD_MIN_VOTES = 5
    first, newt = make_models("heron", "newt")
    second = make_version(first.card)
    Board.objects.create(slug="cards", name="By model", rates=RatedUnit.CARDS)
    Board.objects.create(slug="versions", name="By version", method="elo")
    for choice in ("a", "b", "tie", "a"):
        make_vote(first, newt, choice)
    fold()
    write_as_before(4, early=WITHOUT_DAYS)
    PairCount.objects.all().delete()  # counts of that release are in other tables
    Cell.objects.all().delete()
    CountedEntries.objects.all().delete()
    for choice in ("a", "b", "a", "tie", "a", "b", "a", "b"):
        make_vote(newt, first, choice)
    for choice in ("a", "b", "b", "b", "tie", "both_bad"):
        make_vote(second, newt, choice)
    return first, second, newt


def rows(board):
    update_live_boards()
    return {row["model"]: row["votes"] for row in latest(board).rows}


def test_a_board_by_versions_has_two_rows_and_one_by_cards_one(models):
    assert rows("overall") == BY_VERSION
    assert rows("versions") == BY_VERSION
    assert rows("cards") == BY_CARD


def test_the_chain_verifies_across_the_change_of_format(models):
    fold()
    assert verify_ledger().findings == ()
    assert [one.version_a_id is None for one in LedgerEntry.objects.order_by("number")][:6] == [
        *[True] * 4,
        *[False] * 2,
    ]


FACTS: list[dict[str, Any]] = [
    {"day": "2001-01-01"},
    {"kind": "exclusion"},
    {"reason": "operator"},
    {"outcome": None},
]
CHANGED: list[tuple[int, dict[str, Any]]] = [
    (number, fields) for number in (1, 2, 3, 4, 5, 12, 18) for fields in FACTS
]
WITHOUT_DAYS = 2
"""Entries of the test's ledger that are of the first format, before 0.1.0."""


@pytest.mark.parametrize(
    ("number", "fields"),
    [(n, fields) for n, fields in CHANGED if n > WITHOUT_DAYS or "day" not in fields],
)
def test_a_changed_fact_is_found_in_every_format(models, number, fields):
    fold()
    if "outcome" in fields:
        outcome = LedgerEntry.objects.get(number=number).outcome
        fields = {"outcome": (outcome + 1) % 4}
    QuerySet(LedgerEntry).filter(number=number).update(**fields)
    changed = f"Entry {number} was changed: its hash does not follow from entry {number - 1}."
    assert changed in verify_ledger().findings


@pytest.mark.parametrize("number", [1, 3, 5, 18])
def test_a_version_that_is_written_in_or_changed_is_found(models, number):
    first, second, newt = models
    fold()
    entry = LedgerEntry.objects.get(number=number)
    other = {first.pk: second, second.pk: first, None: first}
    sides = {"version_a": newt, "version_b": newt}
    own = "version_a" if entry.card_a_id == first.card_id else "version_b"
    sides[own] = other[getattr(entry, f"{own}_id")]
    QuerySet(LedgerEntry).filter(number=number).update(**sides)
    changed = f"Entry {number} was changed: its hash does not follow from entry {number - 1}."
    assert changed in verify_ledger().findings


def test_each_byte_of_a_hash_matters(models):
    fold()
    for number in (2, 4, 5, 18):
        entry = LedgerEntry.objects.get(number=number)
        for place in (0, 31, 63):
            digit = format(int(entry.hash[place], 16) ^ 1, "x")
            wrong = entry.hash[:place] + digit + entry.hash[place + 1 :]
            QuerySet(LedgerEntry).filter(number=number).update(hash=wrong)
            assert f"Entry {number} was changed" in " ".join(verify_ledger().findings)
        QuerySet(LedgerEntry).filter(number=number).update(hash=entry.hash)
    assert verify_ledger().findings == ()


def test_counts_are_per_version_also_of_what_named_none(models):
    first, second, newt = models
    fold()
    votes = {}
    for one in PairCount.objects.all():
        pair = (one.version_a_id, one.version_b_id)
        votes[pair] = votes.get(pair, 0) + one.votes
    assert votes == {(first.pk, newt.pk): 4, (newt.pk, first.pk): 8, (second.pk, newt.pk): 6}
    assert difference() == []


def test_what_named_no_version_is_taken_out_and_back_in_under_its_votes(models):
    rows("overall")
    votes = list(LedgerEntry.objects.filter(number__lte=4).values_list("vote", flat=True))
    assert exclude(votes=votes, reason=ExclusionReason.OPERATOR) == 4
    assert rows("overall") == {**BY_VERSION, "heron@1": 8, "newt@1": 14}
    assert restore(votes=votes, reason=ExclusionReason.OPERATOR) == 4
    assert rows("overall") == BY_VERSION
    assert (verify_ledger().findings, difference()) == ((), [])


def test_counts_that_are_written_anew_are_the_same(models):
    rows("overall")
    before = list(Cell.objects.order_by("pk").values_list("pk", "votes"))
    PairCount.objects.update(votes=1)
    assert rebuild_counts().findings == ()
    assert list(Cell.objects.order_by("pk").values_list("pk", "votes")) == before


def test_old_snapshots_of_both_kinds_are_reproduced(models):
    first, second, newt = models
    update_live_boards()
    for board in boards_to_compute():
        recompute(board=board, patient=False)
    old = [latest(slug) for slug in ("overall", "cards", "versions")]
    make_vote(second, newt)
    update_live_boards()
    third = make_version(first.card)
    make_vote(third, newt)
    update_live_boards()
    assert all(reproduce_snapshot(snapshot=one).equal for one in old)
    assert reproduce_snapshot(snapshot=latest("overall")).equal


def test_a_board_of_before_keeps_its_bytes(models):
    """What a snapshot is a function of names no kind of row where it rates cards."""
    update_live_boards()
    facts = json.loads(latest("cards").body)
    assert "rates" not in facts["parameters"]
    assert json.loads(latest("overall").body)["parameters"]["rates"] == "versions"


def test_both_ways_to_count_agree(models):
    fold()
    for rated in RatedUnit:
        running = RunningTallies().tallies(EVERY_VOTE, rated=rated)[0]
        entered = tally_at(18, EVERY_VOTE, rated)
        assert running.slugs == entered.slugs
        assert (running.counts.table == entered.counts.table).all()


def test_a_running_process_follows_both(models):
    _, second, newt = models
    fold()
    running = RunningTallies()
    for rated in RatedUnit:
        running.tallies(EVERY_VOTE, rated=rated)
    make_vote(second, newt)
    fold()
    totals = {
        rated: dict(zip(one.slugs, one.counts.votes.tolist(), strict=True))
        for rated in RatedUnit
        for one in running.tallies(EVERY_VOTE, rated=rated)
    }
    assert totals[RatedUnit.VERSIONS] == {"heron@1": 12, "heron@2": 7, "newt@1": 19}
    assert totals[RatedUnit.CARDS] == {"heron": 19, "newt": 19}


def test_entries_that_another_release_adds_meanwhile_are_counted(models):
    first, _, newt = models
    rows("overall")
    make_vote(first, newt)
    fold()
    # As that release leaves it: an entry without versions, and counts in other tables.
    forget(19)
    assert rows("overall")["heron@1"] == 13
    make_vote(first, newt)
    assert rows("overall")["heron@1"] == 14
    assert (verify_ledger().findings, difference()) == ((), [])


def forget(number):
    """Make the last entry one of 0.1.0, uncounted."""
    entries = list(read_entries(number, 100))
    hash_ = chained(entries[-2][1], card_facts(entries[-1][2], names()))
    rows = QuerySet(LedgerEntry).filter(number=number)
    rows.update(version_a=None, version_b=None, hash=hash_)
    entry = LedgerEntry.objects.get(number=number)
    vote = entry.vote
    for model in (PairCount, Cell):
        model.objects.filter(
            version_a=vote.version_a, version_b=vote.version_b, outcome=entry.outcome
        ).update(votes=F("votes") - 1)
    CountedEntries.objects.update(number=number - 1)


def test_imported_votes_name_a_version_of_their_own(models):
    first, _, newt = models
    labels, day = label_set().pk, LedgerEntry.objects.earliest("number").day
    pair = (first.card_id, newt.card_id)
    votes = [ImportedVote(key, *pair, 0, day, labels) for key in range(7)]
    assert append_imported(source="elsewhere/2026", votes=votes) == 7
    assert rows("overall") == {**BY_VERSION, "heron@3": 7, "newt@2": 7}
    assert rows("cards") == {"heron": 25, "newt": 25}
    own = first.card.versions.get(number=3)
    assert (own.backend, own.source, own.probe) == ("imported", "elsewhere/2026", "failed")
    append_imported(source="elsewhere/2026", votes=[votes[0]._replace(key=8)])
    assert first.card.versions.count() == 3
    assert exclude_source(source="elsewhere/2026") == 8
    assert rows("overall") == BY_VERSION
    assert verify_ledger().findings == ()


def test_imports_of_0_1_0_get_one_when_they_are_counted(models):
    first, _, newt = models
    labels, day = label_set().pk, LedgerEntry.objects.earliest("number").day
    vote = ImportedVote(1, first.card_id, newt.card_id, 0, day, labels)
    fold()
    append_imported(source="elsewhere", votes=[vote])
    write_as_before(19)
    PairCount.objects.all().delete()
    Cell.objects.all().delete()
    CountedEntries.objects.all().delete()
    first.card.versions.filter(backend="imported").delete()
    newt.card.versions.filter(backend="imported").delete()
    assert rows("overall") == {**BY_VERSION, "heron@3": 1, "newt@2": 1}
    assert exclude_source(source="elsewhere") == 1
    assert rows("overall") == BY_VERSION
    assert verify_ledger().findings == ()


def test_readers_see_a_line_for_each_version(models, client):
    update_live_boards()
    lines = {line.name: line for line in standings().lines}
    assert {name: line.display_name for name, line in lines.items()} == {
        "heron@1": "Heron, version 1",
        "heron@2": "Heron, version 2",
        "newt@1": "Newt",
    }
    page = client.get("/leaderboard/").content.decode()
    assert page.count("Heron, version 2") >= 1
    assert "Heron, version" not in client.get("/leaderboard/cards/").content.decode()
    said = client.get("/api/v1/leaderboard").json()["rows"]
    assert {(row["model_name"], row["version"]) for row in said} == {
        ("heron", 1),
        ("heron", 2),
        ("newt", 1),
    }
    said = client.get("/api/v1/leaderboard?board=cards").json()["rows"]
    assert {(row["model_name"], row["version"]) for row in said} == {
        ("heron", None),
        ("newt", None),
    }


@pytest.mark.parametrize(
    "address",
    [
        "/leaderboard/?q=version",
        "/leaderboard/overall/matrices/",
        "/leaderboard/overall/history/",
        "/models/heron/",
        "/leaderboard.csv",
    ],
)
def test_the_other_pages_tell_them_apart(models, client, address):
    _, second, newt = models
    update_live_boards()
    make_vote(second, newt)
    update_live_boards()
    page = client.get(address).content.decode()
    assert "Heron, version 1" in page
    assert "Heron, version 2" in page


def test_a_version_without_votes_stands_on_the_board_before_its_first(models):
    third = make_version(models[0].card)
    update_live_boards()
    silent = standings().lines[-1]
    assert (silent.name, silent.vote_count) == (f"heron@{third.number}", 0)
    assert silent.display_name == "Heron, version 3"


def test_the_draw_plan_asks_for_the_version_that_is_drawn(models, settings):
    settings.DRAW_POLICY = "fewest_votes"
    make_models("owl")
    update_live_boards()
    by_version = {tuple(pair[:2]): pair[2] for pair in DrawPlan.objects.latest().pairs}
    third = make_version(models[0].card)
    update_live_boards()
    again = {tuple(pair[:2]): pair[2] for pair in DrawPlan.objects.latest().pairs}
    assert third.number == 3
    assert again[("heron", "newt")] > by_version[("heron", "newt")]
