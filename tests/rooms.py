"""Which folders of tests a run needs to read: reading all of them costs twenty seconds.

A folder that a list here names wrongly fails the run: see `tests.selection`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WITHOUT_DATABASE = (
    *("architecture", "bench", "docs", "templates", "inference_worker"),
    *("arena/bootstrap", "arena/matchmaking", "arena/rating"),
    *("test_compose.py", "test_postgres.py", "test_proxy.py"),
)
"""Rooms of which no test touches a database."""
WITH_BROWSERS = ("e2e",)
"""Rooms of which the tests look at one running arena in a browser."""
WITH_STACKS = ("chaos", "test_compose.py", "test_proxy.py")
"""Rooms of which most tests need a whole running arena, for themselves or to break it."""
WITH_DOCUMENTS = ("docs", "arena/bootstrap")
"""Rooms of which most tests run commands in a copy of the repository."""
WITH_PROGRAMS = (
    *("test_postgres.py", "arena/backups", "arena/demo", "arena/operations"),
    *("inference_worker/test_program.py", "inference_worker/test_spare.py"),
)
"""Rooms of which most tests start programs, but no whole arena."""
WITH_ONE_STACK = ("chaos", "e2e")
"""Rooms whose tests share running servers, which should not stand idle while others run."""
QUICK = (
    *("templates", "docs/test_names_in_documents.py", "docs/test_changelog.py"),
    *("arena/rating", "arena/matchmaking", "arena/core", "arena/gates", "arena/labels"),
    *("arena/rendering", "arena/voters", "arena/catalog", "arena/probes", "arena/onboarding"),
    *("arena/api", "arena/client", "arena/ledger", "arena/live"),
    "inference_worker/wire",
)
"""Rooms whose tests load no model and, but for slow ones, start no program."""
NOT_QUICK = (
    *("arena/core/test_images.py", "arena/rendering/test_markdown_bounds.py"),
    *("arena/core/admin/test_keyset_list.py", "arena/ledger/test_vote_admin.py"),
    *("arena/labels/test_services.py", "arena/probes/test_causes.py"),
)
"""What takes a third of the time of those rooms, or loads a model library."""


@cache  # thousands of tests lie in a few hundred files
def is_within(path: Path, rooms: tuple[str, ...]) -> bool:
    """Return whether a path lies in one of the rooms."""
    return any(path.is_relative_to(ROOT / room) for room in rooms)


@cache
def leads_to(path: Path, rooms: tuple[str, ...]) -> bool:
    """Return whether a path lies in one of the rooms or is a folder above one."""
    return is_within(path, rooms) or any((ROOT / room).is_relative_to(path) for room in rooms)
