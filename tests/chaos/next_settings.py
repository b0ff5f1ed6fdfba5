"""The site's settings, with the migrations of the next release."""

from __future__ import annotations

from arena.config.settings import *  # noqa: F403

MIGRATION_MODULES = {"battles": "tests.chaos.next_release"}
