"""`manage.py demo --reload`: the site's programs start again when their sources change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from arena.bootstrap.environment import ROOT
from arena.demo.supervisor import Supervisor

SOURCES = (ROOT / "arena", ROOT / "templates", ROOT / "inference_worker" / "wire")
"""Folders of the site's own code; the inference worker keeps its models in memory and goes on."""


async def restart_at_changes(
    supervisor: Supervisor, say: Callable[[str], None], sources: Sequence[Path] = SOURCES
) -> None:
    """Watch Python files and templates for as long as the demo runs, and restart at each change."""
    from watchfiles import PythonFilter, awatch  # a demo that does not reload need not load it

    changed = PythonFilter(extra_extensions=(".html",))
    async for changes in awatch(*sources, watch_filter=changed):
        names = sorted({Path(path).name for _kind, path in changes})
        say(f"Changed: {', '.join(names)}. The site starts again.")
        await supervisor.restart()
