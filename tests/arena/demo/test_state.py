"""The demo's state folder."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from arena.demo.state import CannotStart, held, open_folder, told

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys, time
from pathlib import Path
from arena.demo.state import held, open_folder
with held(open_folder(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path):
    return open_folder(tmp_path / "state")


@pytest.fixture
def holder(folder):
    """Another process that has the folder."""
    command = [sys.executable, "-c", HOLDER, str(folder.path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_nobody_else_can_look_into_the_folder(folder):
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_a_secret_is_made_once_and_is_its_owners_alone(folder):
    assert (
        folder.secret("key", lambda: "first") == folder.secret("key", lambda: "second") == "first"
    )
    assert stat.S_IMODE((folder.path / "key").stat().st_mode) == 0o600
    assert [file.name for file in folder.path.glob("key*")] == ["key"]


def test_a_second_demo_is_told_who_is_first(folder, holder):
    already = pytest.raises(CannotStart, match=rf"runs in .* \(process {holder.pid}\)")
    with already, held(folder):
        pass


def test_a_killed_demos_number_is_recognised_as_stale(folder, holder):
    holder.kill()
    holder.wait()
    with held(folder) as left_behind:
        assert left_behind == holder.pid
        assert (folder.path / "demo.pid").read_text() == str(os.getpid())


def test_a_demo_that_ended_well_leaves_no_number(folder):
    with held(folder):
        pass
    with held(folder) as left_behind:
        assert left_behind is None


def test_a_long_log_is_put_aside_at_the_next_start(folder, monkeypatch):
    monkeypatch.setattr("arena.demo.state._LOG_BYTES", 4)
    for _ in range(2):
        with folder.log("web") as log:
            log.write(b"12345")
    assert (folder.logs / "web.log").read_bytes() == b"12345"
    assert (folder.logs / "web.log.1").read_bytes() == b"12345"


def test_a_log_that_grows_too_long_is_cut_while_its_program_writes_on(folder, monkeypatch):
    monkeypatch.setattr("arena.demo.state._LOG_BYTES", 4)
    with folder.log("web") as log:
        log.write(b"12345")
        log.flush()
        folder.trim_logs()
        log.write(b"6")
    assert (folder.logs / "web.log").read_bytes() == b"6"
    assert (folder.logs / "web.log.1").read_bytes() == b"12345"


def test_a_file_in_the_way_is_one_sentence(tmp_path):
    (tmp_path / "state").touch()
    with pytest.raises(CannotStart, match="state can't be used: "):
        open_folder(tmp_path / "state")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, r"The disk that holds \S+ is full\."),
        (errno.EACCES, r"\S+ can't be used: Permission denied\."),
        (errno.EROFS, r"\S+ can't be used: Read-only file system\."),
    ],
)
def test_what_the_system_says_becomes_a_sentence(tmp_path, number, sentence):
    with pytest.raises(CannotStart, match=sentence), told(tmp_path):
        raise OSError(number, os.strerror(number))


def test_a_nearly_full_disk_is_noticed_before_anything_starts(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("arena.demo.state.shutil.disk_usage", lambda _: usage(1000))
    with pytest.raises(CannotStart, match="is full"):
        open_folder(tmp_path)
