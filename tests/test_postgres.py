"""The tests' own PostgreSQL."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import psutil
import psycopg
import pytest

from tests import postgres
from tests.stack import until

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server():
    with postgres.running() as server:
        yield server


def asked(server, query):
    with psycopg.connect(server.url()) as connection:
        return connection.execute(query).fetchone()[0]


def test_it_is_new_enough(server):
    assert int(asked(server, "SHOW server_version_num")) >= postgres.LEAST_MAJOR * 10_000


def test_it_listens_to_its_socket_alone_behind_a_closed_folder(server):
    assert asked(server, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.folder / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_it_does_not_run_as_root(server):
    [first, *_] = (server.data / "postmaster.pid").read_text().splitlines()
    assert psutil.Process(int(first)).uids().effective != 0


def test_only_its_own_user_is_let_in(server):
    stranger = server.url().replace("arena@", "stranger@")
    with pytest.raises(psycopg.OperationalError, match=r"[Pp]eer authentication failed"):
        psycopg.connect(stranger)


def test_a_durable_one_waits_for_the_disk():
    with postgres.running(durable=True) as server:
        settings = [asked(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
    assert settings == ["on", "on"]


def test_its_folder_goes_with_it():
    with postgres.running() as server:
        assert server.answers()
    assert not server.folder.exists()


def _alive(pid):
    """A zombie is dead: whoever adopted it has not looked yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="elsewhere a watcher needs a second")
def test_it_dies_with_whoever_started_it(tmp_path):
    code = (
        "from tests import postgres; import os, pathlib, sys\n"
        "with postgres.running() as server:\n"
        "    pid = (server.data / 'postmaster.pid').read_text().split()[0]\n"
        "    pathlib.Path(sys.argv[1]).write_text(f'{pid} {server.folder}')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "said")], check=False)
    pid, folder = (tmp_path / "said").read_text().split()
    until(lambda: not _alive(int(pid)), "its end")
    subprocess.run(["rm", "-r", folder], check=True)
