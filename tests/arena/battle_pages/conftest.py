"""Battles on their way, and visitors of their pages."""

from __future__ import annotations

from tests.arena.orchestration.conftest import (  # noqa: F401
    _site,
    answered,
    battle,
    commit,
    models,
    no_redis,
    other,
    owner,
    picture,
    stranger,
    workers,
)
