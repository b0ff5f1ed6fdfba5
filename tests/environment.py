"""What the suite runs on, decided before Django reads its settings.

Loaded by `-p tests.environment`. The environment's own DATABASE_URL and REDIS_URL are not used,
so that a test can never touch what somebody else keeps there; ARENA_TEST_DATABASE_URL chooses
another database.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from arena.demo import valkey

FOLDER = Path(tempfile.mkdtemp(prefix="arena-tests-"))
SERVER = valkey.configure(FOLDER)

os.environ.update(
    ARENA_DATA_DIR=str(FOLDER),
    ARENA_SECRET_KEY="only for tests, where nothing is secret",
    DATABASE_URL=os.environ.get("ARENA_TEST_DATABASE_URL", f"sqlite:///{FOLDER}/arena.sqlite3"),
    REDIS_URL=SERVER.url,
    HF_HUB_OFFLINE="1",
    OMP_NUM_THREADS="1",
)


def pytest_unconfigure():
    shutil.rmtree(FOLDER, ignore_errors=True)
