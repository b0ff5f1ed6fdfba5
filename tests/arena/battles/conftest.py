"""The database, and a worker of whom nothing is asked."""

from __future__ import annotations

from tests.arena.orchestration.conftest import _site  # noqa: F401
