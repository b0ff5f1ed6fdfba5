"""Votes of other arenas, each format in its own schema, on boards of their own."""

from __future__ import annotations

import gzip
import io

import pytest
from django.core.management import CommandError, call_command

from arena.boards.models import Board
from arena.boards.selectors import latest
from arena.boards.services.reproduction import reproduce_snapshot
from arena.boards.services.snapshots import recompute
from arena.boards.services.updating import update_live_boards
from arena.boards.services.verification import verify_ledger
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.states import CardState
from arena.imports import services as importing
from arena.imports.vote_formats import vote_formats
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.filters import EVERY_VOTE, VoteFilter
from arena.ledger.services import imports
from arena.ledger.services.tallies import RunningTallies
from tests.foreign_votes import (
    FILES,
    as_lines,
    as_parquet,
    fastchat_log,
    lmarena_rows,
    plain_csv,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer")]


@pytest.fixture
def bring(tmp_path):
    """Import bytes under a format; returns what the command said."""

    def bring(content, form="table", board="elsewhere", **options):
        file = tmp_path / "votes.bin"
        file.write_bytes(content)
        out = io.StringIO()
        call_command("import_votes", file, board=board, format=form, stdout=out, **options)
        return out.getvalue()

    return bring


def test_each_format_has_a_file():
    assert FILES.keys() == vote_formats().keys()


@pytest.mark.parametrize("form", FILES)
def test_votes_of_each_format_make_a_board(bring, form, client):
    said = bring(FILES[form](), form)
    rows = latest("elsewhere").rows
    assert "300 votes on 4 models, 300 new to the ledger." in said
    assert [row["model"] for row in rows] == ["alpha-vl", "beta-vl-7b", "gammavl", "delta"]
    assert sum(row["votes"] for row in rows) == 600
    page = client.get("/leaderboard/elsewhere/")
    assert "Beta VL 7B" in page.content.decode()
    listed = client.get("/api/v1/leaderboard?board=elsewhere").json()
    assert listed["filter"]["source"].startswith("board/elsewhere-")


@pytest.mark.parametrize("form", ["lmarena", "fastchat", "comparia"])
def test_votes_keep_their_days(bring, form):
    bring(FILES[form](), form)
    assert LedgerEntry.objects.order_by("number").first().day.isoformat() == "2024-08-30"


def test_all_formats_give_the_same_ratings(bring):
    found = []
    for number, (form, content) in enumerate(FILES.items()):
        bring(content(), form, board=f"board-{number}")
        rows = latest(f"board-{number}").rows
        found.append({row["model"]: row["rating"] for row in rows})
    assert all(one == pytest.approx(found[0], abs=1e-6) for one in found)


def test_the_arena_s_own_boards_do_not_change(bring, voted):
    before = latest().rows
    bring(plain_csv())
    voted(1)
    now = {row["model"]: row["votes"] for row in latest().rows}
    assert now == {row["model"]: row["votes"] + (row["rank"] is not None) for row in before}


def test_counts_read_anew_are_those_that_were_kept_in_step(bring, voted):
    running = RunningTallies()
    running.tallies(EVERY_VOTE)
    bring(plain_csv())
    source = Board.objects.get(slug="elsewhere").source
    for chosen in (EVERY_VOTE, VoteFilter(source=source)):
        (kept,) = running.tallies(chosen)
        (anew,) = RunningTallies().tallies(chosen)
        assert (kept.slugs, kept.counts) == (anew.slugs, anew.counts)


def test_its_snapshot_can_be_computed_again_from_the_ledger(bring, voted):
    bring(plain_csv())
    voted(1)
    for board in ("overall", "elsewhere"):
        assert reproduce_snapshot(snapshot=latest(board)).equal
    assert verify_ledger().findings == ()


def test_a_board_by_single_votes_takes_its_own_source(bring, voted):
    bring(plain_csv())
    Board.objects.create(slug="voters", name="Voters", by_voter=True)
    recompute(board=Board.objects.get(slug="voters"), patient=False)
    assert {row["model"].split("@")[0] for row in latest("voters").rows} == {
        "first",
        "second",
        "third",
    }


def test_imported_models_are_never_drawn(bring):
    bring(plain_csv())
    assert set(ModelCard.objects.values_list("state", flat=True)) == {CardState.RETIRED}
    assert set(ModelVersion.objects.values_list("backend", flat=True)) == {"imported"}


def test_a_model_that_answers_here_keeps_its_card(bring, voted):
    bring(b"model_a,model_b,winner\nfirst,second,model_a\nfirst,second,tie\n")
    assert [row["model"] for row in latest("elsewhere").rows] == ["first-2", "second-2"]


def test_the_same_file_again_adds_nothing(bring):
    bring(plain_csv())
    assert "0 new to the ledger" in bring(plain_csv())
    assert LedgerEntry.objects.count() == 300


def test_another_file_does_not_land_on_the_same_board(bring):
    bring(plain_csv())
    with pytest.raises(CommandError, match="There is a board elsewhere of other votes"):
        bring(plain_csv() + b"\nalpha-vl,delta,tie")
    assert LedgerEntry.objects.count() == 300


def test_an_import_that_broke_off_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 100)

    def break_off(number, total):
        if number == 150:
            raise KeyboardInterrupt

    options = importing.ImportOptions("elsewhere", "", "table", None, 0.05)
    file = tmp_path / "votes.csv"
    file.write_bytes(plain_csv())
    with pytest.raises(KeyboardInterrupt):
        importing.import_votes(file=file, options=options, progress=break_off)
    assert not Board.objects.filter(slug="elsewhere").exists()
    found = importing.import_votes(file=file, options=options, progress=lambda at, end: None)
    assert (found.added, LedgerEntry.objects.count()) == (200, 300)


def test_votes_on_shown_names_are_left_out_and_said(bring):
    rows = list(lmarena_rows())
    for row in rows[:50]:
        row["anony"] = False
    said = bring(as_lines(rows), "lmarena")
    assert "note: 50 votes on models whose names were shown are left out" in said
    assert LedgerEntry.objects.count() == 250


def test_what_is_no_vote_in_a_log_is_counted(bring):
    said = bring(as_lines(fastchat_log()), "fastchat")
    assert "note: 300 lines are no votes" in said


def test_bad_rows_are_counted_and_named(bring):
    said = bring(plain_csv() + b"\nalpha-vl,alpha-vl,tie\nalpha-vl,,tie\nalpha-vl,delta,nobody")
    assert "3 rows left out:\n  line 302: 'alpha-vl' meets itself" in said
    assert "line 304: winner 'nobody' is unknown" in said


BROKEN = {
    "nothing": ("table", b""),
    "no columns": ("table", b"a,b,c\n1,2,3\n"),
    "binary": ("table", bytes(range(256)) * 20),
    "wrong encoding": ("table", plain_csv().decode().replace("alpha", "älphä").encode("latin-1")),
    "truncated parquet": ("lmarena", as_parquet(lmarena_rows())[:-500]),
    "truncated gzip": ("fastchat", gzip.compress(as_lines(fastchat_log()))[:-200]),
    "a log of something else": ("fastchat", as_lines([{"type": "chat"}] * 9)),
    "mixed schema": ("comparia", as_lines(lmarena_rows())),
    "most rows broken": ("table", plain_csv() + b"\nx,y,?" * 200),
    "no JSON": ("fastchat", b"{broken\n" * 5),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_not_understood_leaves_nothing_behind(bring, kind):
    form, content = BROKEN[kind]
    with pytest.raises(CommandError, match="Nothing was imported"):
        bring(content, form)
    assert not LedgerEntry.objects.exists()
    assert not ModelCard.objects.exists()
    assert not Board.objects.filter(slug="elsewhere").exists()


def test_a_huge_field_costs_nothing_but_its_row(bring):
    said = bring(plain_csv() + b"\nalpha-vl,delta," + b"x" * 2_000_000)
    assert "1 rows left out" in said
    assert len(said) < 2000


def test_an_import_is_taken_out_and_put_back_by_a_command(bring):
    bring(FILES["table"]())

    def said(**options):
        out = io.StringIO()
        call_command("exclude_import", "elsewhere", stdout=out, **options)
        update_live_boards()
        return out.getvalue().split()[0], sum(row["votes"] for row in latest("elsewhere").rows)

    assert [said(), said(), said(restore=True)] == [("300", 0), ("0", 0), ("300", 600)]
    with pytest.raises(CommandError, match="named overall"):
        call_command("exclude_import", "overall")
