"""Out of a database and into an empty one: nothing differs."""

from __future__ import annotations

import fcntl
import hashlib
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from arena.backups import archive, backup, rows
from arena.battles.models import Generation, Image, Turn
from arena.boards import dispatch
from arena.boards.models import Snapshot
from arena.boards.services.updating import update_live_boards
from arena.ledger.models import LedgerEntry
from tests.factories import make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def arena(settings, tmp_path, monkeypatch):
    """A small arena with votes, a picture, and a leaderboard."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    monkeypatch.setattr(dispatch, "announce", lambda *_: None)
    first, second = make_models("first", "second")
    for choice in ("a", "b", "tie", "both_bad", "a"):
        make_vote(first, second, choice)
    update_live_boards()
    return tmp_path / "arena.tar.gz"


def everything():
    """What every table holds, as bytes."""
    return {model._meta.label_lower: b"".join(rows.lines(model)) for model in rows.tables()}


def pictures():
    files = [Path(default_storage.path(name)) for name in sorted(rows.files())]
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def test_every_row_and_picture_comes_back_byte_for_byte(arena, settings, tmp_path):
    before, seen = everything(), pictures()
    backup.back_up(arena)
    rows.empty(rows.tables())
    settings.MEDIA_ROOT = str(tmp_path / "elsewhere")
    backup.restore(arena)
    assert everything() == before
    assert pictures() == seen != []


def test_restored_snapshots_have_the_checksum_that_they_say(arena):
    backup.back_up(arena)
    rows.empty(rows.tables())
    backup.restore(arena)
    found = Snapshot.objects.exclude(body="")
    assert found
    for snapshot in found:
        assert hashlib.sha256(snapshot.body.encode()).hexdigest() == snapshot.etag


def test_the_ledger_goes_on_where_it_stood(arena):
    backup.back_up(arena)
    rows.empty(rows.tables())
    backup.restore(arena)
    last = LedgerEntry.objects.latest("number").number
    make_vote(*make_models("third", "fourth"))
    update_live_boards()
    assert LedgerEntry.objects.latest("number").number == last + 1


def test_a_database_with_something_in_it_is_left_alone(arena):
    backup.back_up(arena)
    make_voter()
    before = everything()
    with pytest.raises(backup.NotEmpty, match="--overwrite"):
        backup.restore(arena)
    assert everything() == before


def test_told_to_overwrite_it_deletes_what_is_there(arena):
    before = everything()
    backup.back_up(arena)
    make_voter()
    backup.restore(arena, overwrite=True)
    assert everything() == before


def test_a_file_that_is_there_is_not_written_over(arena):
    arena.write_text("somebody else's")
    with pytest.raises(FileExistsError):
        backup.back_up(arena)
    assert arena.read_text() == "somebody else's"


def test_a_backup_that_fails_leaves_no_half_file(arena, monkeypatch):
    monkeypatch.setattr(archive.ArchiveWriter, "finish", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.back_up(arena)
    assert list(arena.parent.glob("arena.tar*")) == []


def test_only_its_owner_may_read_it(arena):
    backup.back_up(arena)
    assert arena.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cut", [0, 10, 1000])
def test_a_cut_off_file_is_refused(arena, cut):
    backup.back_up(arena)
    arena.write_bytes(arena.read_bytes()[:cut])
    with pytest.raises(archive.BadArchive):
        backup.restore(arena, overwrite=True)


def rewritten(path, change):
    """The same archive with its parts changed."""
    other = path.with_name("other.tar")
    with tarfile.open(path) as old, tarfile.open(other, "w") as new:
        for member in old:
            content = change(member.name, old.extractfile(member).read())
            member.size = len(content)
            new.addfile(member, archive.io.BytesIO(content))
    return other


def test_a_changed_part_is_found(arena):
    backup.back_up(arena)
    other = rewritten(arena, lambda name, content: content.replace(b'"tie"', b'"bad"'))
    before = everything()
    with pytest.raises(archive.BadArchive, match="checksum"):
        backup.restore(other, overwrite=True)
    assert everything() == before


def test_a_file_of_another_release_is_refused(arena):
    def change(name, content):
        if name != archive.MANIFEST:
            return content
        said = json.loads(content)
        return json.dumps({**said, "migrations": said["migrations"][1:]}).encode()

    backup.back_up(arena)
    with pytest.raises(archive.BadArchive, match="another release"):
        backup.restore(rewritten(arena, change), overwrite=True)


def test_a_restore_that_fails_changes_nothing(arena, monkeypatch):
    backup.back_up(arena)
    before = everything()
    monkeypatch.setattr(rows, "reset_sequences", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.restore(arena, overwrite=True)
    assert everything() == before


def test_it_shows_one_moment_whatever_happens_meanwhile(arena, monkeypatch):
    """The second table is read after a vote that came while the first was."""
    taken, plain = [], rows.lines

    def lines(model):
        yield from plain(model)
        if not taken:
            taken.append(1)
            if connection.vendor == "postgresql":
                in_thread(make_voter)

    monkeypatch.setattr(rows, "lines", lines)
    before = everything()["voters.voter"].count(b"\n")
    assert backup.back_up(arena).rows["voters.voter"] == before


def in_thread(work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=120)


def test_a_picture_that_is_gone_is_named_and_no_obstacle(arena):
    image = Image.objects.first()
    default_storage.delete(image.file.name)
    assert backup.back_up(arena).missing == [image.file.name]


def test_the_commands_say_what_they_did(arena, capsys):
    call_command("backup", str(arena))
    assert "SHA-256 " in capsys.readouterr().out
    with pytest.raises(CommandError, match="--overwrite"):
        call_command("restore", str(arena))
    call_command("restore", str(arena), "--overwrite")
    assert "Restored" in capsys.readouterr().out


def test_the_next_battle_gets_a_number_that_is_free(arena):
    backup.back_up(arena)
    numbers = set(Turn.objects.values_list("id", flat=True))
    rows.empty(rows.tables())
    backup.restore(arena)
    make_vote()
    assert Turn.objects.count() == len(numbers) + 1
    assert Generation.objects.filter(turn__in=numbers).count() == 2 * len(numbers)


def test_backups_of_a_folder_are_named_by_their_time_and_the_oldest_go(arena, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    old = [folder / f"arena-2024010{day}T000000Z.tar.gz" for day in (1, 2, 3)]
    for file in (*old, folder / "arena-by-hand.tar.gz"):
        file.write_bytes(b"")
    call_command("backup", folder, keep=2)
    kept = sorted(path.name for path in folder.iterdir())
    newest = next(name for name in kept if name > "arena-2025" and name < "arena-b")
    assert kept == [old[2].name, newest, "arena-by-hand.tar.gz"]
    assert backup.restore(folder / newest, overwrite=True).rows


def test_what_a_killed_backup_left_is_deleted_and_not_what_is_being_written(arena, tmp_path):
    """Else content that is erased by now would stay in it for good."""
    folder = tmp_path / "backups"
    folder.mkdir()
    killed, running = (folder / f"arena-2024010{day}T000000Z.tar.gz.part" for day in (1, 2))
    foreign = folder / "holidays.tar.gz.part"
    for half in (killed, foreign):
        half.write_bytes(b"half of it")
    with running.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        call_command("backup", folder, keep=2)
    assert [one.exists() for one in (killed, running, foreign)] == [False, True, True]


@pytest.mark.parametrize("keep", [0, 3])
def test_only_backups_of_a_folder_are_thinned(arena, tmp_path, keep):
    with pytest.raises(CommandError, match="--keep takes"):
        call_command("backup", tmp_path if keep == 0 else arena, keep=keep)
