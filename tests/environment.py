"""What the suite runs on, decided before Django reads its settings, and what it left out.

Loaded by `tests.plugins`. The environment's own DATABASE_URL and REDIS_URL are not used,
so that a test can never touch what somebody else keeps there. ARENA_TEST_DATABASE chooses: `sqlite`
runs everything, `postgresql` what touches a database, on a server of its own (tests/postgres.py).
ARENA_TEST_TOUCHING narrows `sqlite` to a share of the suite (tests/selection.py).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from arena.demo import valkey
from inference_worker.wire.access import Role
from tests import postgres

FOLDER = Path(tempfile.mkdtemp(prefix="arena-tests-"))
ROLES: tuple[Role, ...] = ("site", "worker", "operator")
"""The tests' own account may do everything: they empty Redis, and look into it."""
SERVER = valkey.configure(FOLDER, roles=ROLES)
(FOLDER / "static").mkdir()  # WhiteNoise warns of a missing folder, and a warning is an error

_COUNTS = os.environ.pop("ARENA_TEST_COUNTS", None)
ON_POSTGRES = os.environ.get("ARENA_TEST_DATABASE", "sqlite") == "postgresql"
POSTGRES = postgres.configure() if ON_POSTGRES else None
TOUCHING = "database" if ON_POSTGRES else os.environ.pop("ARENA_TEST_TOUCHING", "")

_KEPT = {"ARENA_BOOTSTRAP", "ARENA_TEST_DATABASE", "ARENA_TEST_PREPARED"}
for name in [name for name in os.environ if name.startswith("ARENA_") and name not in _KEPT]:
    del os.environ[name]
os.environ.update(
    ARENA_DATA_DIR=str(FOLDER),
    ARENA_SECRET_KEY="only for tests, where nothing is secret",
    DATABASE_URL=POSTGRES.url() if POSTGRES else f"sqlite:///{FOLDER}/arena.sqlite3",
    REDIS_URL=SERVER.url("operator"),
    HF_HUB_OFFLINE="1",
)

_reasons: Counter[str] = Counter()
_avoidable: list[str] = []


def pytest_runtest_logreport(report):
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    _reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1
    if "gpu" not in report.keywords:
        _avoidable.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """CI has everything but a GPU, so a test that is skipped there is one that nobody runs."""
    if _avoidable and os.environ.get("CI") == "true":
        session.exitstatus = max(session.exitstatus, 1)


def pytest_terminal_summary(terminalreporter):
    _count(terminalreporter.stats)
    if not _reasons:
        return
    terminalreporter.section("NOT TESTED HERE", sep="!", red=True, bold=True)
    for reason, count in _reasons.most_common():
        terminalreporter.write_line(f"{count:4} skipped: {reason}")
    if _avoidable and os.environ.get("CI") == "true":
        terminalreporter.write_line("CI fails on these: it has what they need, or must get it.")


def _count(stats):
    """Tell `manage.py test`, which adds up what it started, how many ended how and what failed."""
    if _COUNTS:
        words = ("passed", "failed", "error", "skipped")
        counts = {word: len(stats.get(word, ())) for word in words}
        faulty = [report.nodeid for word in ("failed", "error") for report in stats.get(word, ())]
        Path(_COUNTS).write_text(json.dumps({"counts": counts, "faulty": faulty}))


def pytest_unconfigure():
    shutil.rmtree(FOLDER, ignore_errors=True)
    if POSTGRES is not None:
        shutil.rmtree(POSTGRES.folder, ignore_errors=True)
