"""The arena of the tests of exports."""

from __future__ import annotations

from tests.arena.datasets.conftest import (  # noqa: F401
    _no_sync_of_the_whole_machine,
    arena,
    exported,
    models,
)
