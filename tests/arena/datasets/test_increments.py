"""Exports behind earlier ones: what is new, what came back, and what was withdrawn of all."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from arena.battles.models import Battle
from arena.datasets.services.exporting import ExportOptions, export
from arena.datasets.services.increments import earlier_export
from arena.ledger.models import LedgerEntry
from arena.ledger.services.folding import fold
from tests.factories import make_vote, make_voter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer")]


class Killed(BaseException):
    """Stands for a kill between two pages."""


def rows(folder, name):
    shards = sorted((folder / name).glob("train-*.parquet"))
    return [row for shard in shards for row in pq.read_table(shard).to_pylist()]


def options(**fields):
    return ExportOptions(**{"seed": 1, "shard_bytes": 2_000, **fields})


def test_an_increment_has_what_is_new_and_names_what_was_withdrawn(agreed, models, tmp_path):
    export(tmp_path / "first", options())
    Battle.objects.filter(pk=agreed[2].battle.pk).update(publish=False)
    new = make_vote(*models[:2], voter=make_voter(publish=True), publish=True)
    fold()
    call_command("export", tmp_path / "second", since=tmp_path / "first")
    number = LedgerEntry.objects.get(vote=new).number
    assert [row["ledger_number"] for row in rows(tmp_path / "second", "votes")] == [number]
    assert [row["ledger_number"] for row in rows(tmp_path / "second", "battles")] == [number]
    gone = LedgerEntry.objects.get(vote=agreed[2]).number
    lines = (tmp_path / "second" / "tombstones.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"ledger_number": gone}]
    call_command("export", tmp_path / "third", since=tmp_path / "second")
    assert (tmp_path / "third" / "tombstones.jsonl").read_text().splitlines() == lines
    assert rows(tmp_path / "third", "votes") == []


def increment(folder, name, since):
    """The ledger numbers of an increment's battles, and of those that it names as withdrawn."""
    call_command("export", folder / name, since=folder / since, verbosity=0)
    lines = (folder / name / "tombstones.jsonl").read_text().splitlines()
    battles = [row["ledger_number"] for row in rows(folder / name, "battles")]
    return battles, [json.loads(line)["ledger_number"] for line in lines]


def agree(vote, *, publish):
    Battle.objects.filter(pk=vote.battle.pk).update(publish=publish)
    return LedgerEntry.objects.get(vote=vote).number


def test_the_last_of_a_chain_names_all_that_was_withdrawn_and_has_what_came_back(
    agreed, models, in_small_pages, tmp_path
):
    never = agree(agreed[9], publish=False)
    export(tmp_path / "first", options())
    new = make_vote(*models[:2], voter=make_voter(publish=True), publish=True)
    fold()
    assert increment(tmp_path, "second", "first") == ([agree(new, publish=True)], [])
    old = [agree(vote, publish=False) for vote in (agreed[0], agreed[3])]
    assert increment(tmp_path, "third", "second") == ([], old)
    gone = [old[0], agree(new, publish=False)]
    agree(agreed[3], publish=True)
    agree(agreed[9], publish=True)
    assert increment(tmp_path, "fourth", "third") == ([old[1], never], gone)
    gone = sorted([*gone, agree(agreed[3], publish=False)])
    assert increment(tmp_path, "fifth", "fourth") == ([], gone)


def test_a_chain_may_go_on_behind_an_increment_of_before_the_lists(agreed, models, tmp_path):
    """Such an increment tells of the battles before it only which had been withdrawn."""
    export(tmp_path / "first", options())
    gone = agree(agreed[1], publish=False)
    late = make_vote(*models[:2], voter=make_voter(publish=True), publish=True)
    fold()
    assert increment(tmp_path, "second", "first") == ([agree(late, publish=True)], [gone])
    (tmp_path / "second" / "earlier_battles.parquet").unlink()
    agree(agreed[2], publish=False)
    gone = [gone, agree(late, publish=False)]
    assert increment(tmp_path, "third", "second") == ([], gone)
    assert increment(tmp_path, "fourth", "third") == ([], gone)


def test_what_an_increment_lacks_is_gone_on_with_after_a_kill(agreed, in_small_pages, tmp_path):
    late = [agree(vote, publish=False) for vote in agreed[:8]]
    export(tmp_path / "first", options())
    Battle.objects.update(publish=True)

    def die(name, at, end):
        if name == "battles" and at > late[2]:
            raise Killed

    earlier = earlier_export(tmp_path / "first")
    told = options(shard_bytes=1, since=earlier.number)
    for _ in range(2):
        with pytest.raises(Killed):
            export(tmp_path / "second", told, earlier=earlier, progress=die)
    assert any((tmp_path / "second.partial" / "battles").iterdir())
    agree(agreed[0], publish=False)
    export(tmp_path / "second", told, earlier=earlier)
    assert [row["ledger_number"] for row in rows(tmp_path / "second", "battles")] == late[1:]


def test_none_begins_behind_an_export_without_parquet(agreed, tmp_path):
    export(tmp_path / "first", options(forms=("jsonl",)))
    with pytest.raises(CommandError, match="has its 10 battles not in Parquet"):
        call_command("export", tmp_path / "second", since=tmp_path / "first")
    assert not (tmp_path / "second").exists()
