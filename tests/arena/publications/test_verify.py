"""An export gives the published leaderboards again, and a change of it is found."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from arena.boards import dispatch
from arena.boards.models import Snapshot
from arena.boards.services.recipes import BoardRecipe, compute
from arena.datasets.services.exporting import ExportOptions, export
from arena.integrity.services.cases import CaseFinding, store_case
from arena.integrity.services.decisions import decide_case
from arena.integrity.services.holding import hold_votes
from arena.integrity.states import CaseKind
from arena.rating.recipes import FitRecipe
from arena.rating.verify.__main__ import main, verify_export
from arena.rating.vote_file import read_votes
from arena.rating.vote_tables import UnusableFile
from tests.architecture.sources import ROOT
from tests.arena.datasets.conftest import BOARDS, compute_boards, fill_arena, make_rated_models
from tests.arena.shared_rows import shared_rows

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture(scope="module")
def whole(django_db_setup, django_db_blocker, valkey_url, tmp_path_factory):
    """The arena that all tests here look at: the folder of its export, its models and votes."""

    def make():
        models = make_rated_models()
        votes = fill_arena(models)
        export(folder, ExportOptions(seed=1))
        return folder, models, votes

    folder = tmp_path_factory.mktemp("whole") / "out"
    with (
        override_settings(BOARD_MIN_VOTES=1, BOARD_REFIT_SECONDS=0),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(dispatch, "announce", lambda etag, board: None)
        patch.setattr(os, "sync", lambda: None)
        with shared_rows(django_db_blocker, make) as made:
            yield made


@pytest.fixture
def models(whole, db):
    return whole[1]


@pytest.fixture
def arena(whole, db):
    """The votes; named by the tests that read any of the rows."""
    return whole[2]


@pytest.fixture
def exported(whole, db, tmp_path):
    """A copy of the export that a test may change."""
    return shutil.copytree(whole[0], tmp_path / "out")


def told(folder):
    lines = []
    wrong = verify_export(folder, lines.append)
    return wrong, "\n".join(lines)


def test_every_kind_of_board_comes_out_byte_for_byte(exported):
    wrong, text = told(exported)
    assert not wrong, text
    assert "is whole" in text
    assert text.count("equal byte for byte") == len(BOARDS) + 1


def test_csv_alone_is_enough(arena, tmp_path, monkeypatch):
    export(tmp_path / "sheets", ExportOptions(forms=("csv",)))
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    wrong, text = told(tmp_path / "sheets")
    assert not wrong, text


def test_a_machine_with_nothing_but_the_rating_package_says_equal(exported, tmp_path):
    program = (
        "import sys; sys.modules['django'] = None; sys.path.insert(0, sys.argv[1]);"
        "from arena.rating.verify.__main__ import main; sys.exit(main(sys.argv[2:]))"
    )
    command = [sys.executable, "-I", "-c", program, str(ROOT), str(exported)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_says_the_same(exported, capsys):
    call_command("verify", exported)
    assert "equal byte for byte" in capsys.readouterr().out


def test_of_a_folder_of_publications_the_newest_is_verified(exported, tmp_path, capsys):
    place = tmp_path / "published"
    place.mkdir()
    exported.rename(place / "newest")
    (place / "latest.json").write_text('{"name": "newest"}')
    call_command("verify", place)
    said = capsys.readouterr().out
    assert f"Reading {place / 'newest'}" in said
    assert "equal byte for byte" in said


@pytest.mark.parametrize("pointer", ["{", "[]", "{}", '{"name": "../elsewhere"}', '{"name": 3}'])
def test_a_pointer_that_names_no_export_is_refused(tmp_path, pointer):
    (tmp_path / "latest.json").write_text(pointer)
    with pytest.raises(UnusableFile, match="names no export"):
        verify_export(tmp_path, lambda line: None)


def test_boards_of_votes_that_wait_or_were_decided_on_come_out_byte_for_byte(
    arena, models, tmp_path, capsys
):
    keys = [vote.pk for vote in arena if models[0] in (vote.version_a, vote.version_b)][-12:]
    found = CaseFinding(CaseKind.DRIFT, keys, keys[-1], keys[::4], card=models[0].card_id)
    case = store_case(found)[0]
    held, out = hold_votes(), {}
    for action in ("", "carriers", "reopen", "dismiss"):
        if action:
            decide_case(case=case.pk, action=action)
        compute_boards()
        sheet = tmp_path / action / "sheets"
        export(sheet, ExportOptions(forms=("csv",)))
        out[action] = len((sheet / "votes-excluded.csv").read_text().splitlines())
        wrong, text = told(sheet)
        assert not wrong, text
    assert held > len(keys[::4]) > 0
    excluded = {"": held, "carriers": len(keys[::4]), "reopen": 0, "dismiss": 0}
    assert out == {action: count + out["dismiss"] for action, count in excluded.items()}
    call_command("rebuild", "--all")
    assert "snapshots are byte for byte the same." in capsys.readouterr().out
    call_command("verify_ledger")


CHANGES = {
    "winner": "model_b",
    "model_a": "third",
    "model_a_version": "7",
    "day": "2020-01-01",
    "category": "humour",
    "vote_number": "999",
    "ledger_format": "1",
}


def changed(text, column, value):
    """The sheet with another value in the last row that has not this one."""
    rows = list(csv.reader(io.StringIO(text)))
    place = rows[0].index(column)
    next(row for row in reversed(rows) if row[place] != value)[place] = value
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def test_one_changed_fact_of_one_vote_is_found(arena, tmp_path, capsys):
    folder = tmp_path / "out"
    export(folder, ExportOptions(forms=("csv",)))
    path = folder / "votes-train.csv"
    whole = path.read_text()
    for column, value in CHANGES.items():
        path.write_text(changed(whole, column, value))
        assert main([str(folder)]) == 1, column
        assert re.search(r"Entry \d+ was changed", capsys.readouterr().out), column
    with pytest.raises(CommandError, match="differences"):
        call_command("verify", folder)


def test_a_vote_that_is_missing_or_there_twice_is_found(exported):
    path = next((exported / "votes").glob("train-*"))
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    wrong, text = told(exported)
    assert wrong
    assert re.search(r"Entry \d+ is missing", text)


def test_a_changed_leaderboard_is_found_and_named(exported):
    path = exported / "snapshots" / "overall.json"
    body = json.loads(path.read_text())
    body["rows"][0]["rating"] += 1.0
    path.write_text(json.dumps(body, sort_keys=True, separators=(",", ":")))
    wrong, text = told(exported)
    assert wrong == 1
    assert "overall: NOT EQUAL" in text
    assert f"{body['rows'][0]['model']}: rating is" in text
    assert "SHA-256" in text


def test_style_and_voters_that_were_changed_change_the_boards_that_rest_on_them(exported):
    path = next((exported / "votes").glob("train-*"))
    table = pq.read_table(path)
    judges = table.column("judge").to_pylist()
    place = table.schema.get_field_index("judge")
    changed = table.set_column(place, table.schema.field(place), [["nobody"] * len(judges)])
    pq.write_table(changed, path)
    wrong, text = told(exported)
    assert wrong == 1
    assert "voters: NOT EQUAL" in text


def test_a_changed_probability_of_a_picture_changes_the_board_that_weighs_by_it(
    exported,
):
    path = next((exported / "votes").glob("train-*"))
    table = pq.read_table(path)
    place = table.schema.get_field_index("picture_probability")
    other = [chance and chance / 2 for chance in table.column(place).to_pylist()]
    assert any(other)
    pq.write_table(table.set_column(place, table.schema.field(place), [other]), path)
    wrong, text = told(exported)
    assert wrong == 1
    assert "weighed: NOT EQUAL" in text


def test_an_increment_is_no_whole_export(exported, arena, tmp_path):
    more = tmp_path / "more"
    call_command("export", more, since=exported)
    with pytest.raises(UnusableFile, match="a whole export"):
        told(more)


def test_what_is_no_export_is_refused_in_a_sentence(arena, tmp_path, capsys):
    folder = tmp_path / "out"
    export(folder, ExportOptions(forms=("csv",)))
    for name, text in (
        ("votes-train.csv", "x\n1\n"),
        ("snapshots/overall.json", "{}"),
        ("export.json", "[]"),
        ("export.json", "no json"),
    ):
        whole = (folder / name).read_text()
        (folder / name).write_text(text)
        assert main([str(folder)]) == 2, name
        assert "error: " in capsys.readouterr().err
        (folder / name).write_text(whole)
    assert main([str(folder)]) == 0
    assert main([str(tmp_path / "nothing")]) == 2


def test_the_round_trip_gives_the_ratings_of_the_board(exported):
    """Read by the reader of any vote file, fitted with what the snapshot says."""
    snapshot = Snapshot.objects.filter(board__slug="davidson").latest()
    recipe = FitRecipe(snapshot.method, snapshot.parameters, snapshot.seed)
    stored = rated(compute(BoardRecipe.of_snapshot(snapshot), snapshot.ledger_number).fit)
    for name in ("votes-train.csv", "votes-train.jsonl", "votes/train-00000.parquet"):
        file = read_votes(io.BytesIO((exported / name).read_bytes()), name)
        assert not file.bad
        found = rated(recipe.fit(file.votes.counts(len(file.models)), file.models))
        assert found.keys() == stored.keys()
        assert max(abs(found[one] - stored[one]) for one in found) < 1e-9


def rated(fit):
    return {row.model: row.rating for row in fit.rows if row.rating is not None}
