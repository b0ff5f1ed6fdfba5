"""A migration runs beside the previous release: it may add, and take nothing away."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django_migration_linter import MigrationLinter

from tests.architecture.sources import ROOT

BEFORE_THE_FIRST_RELEASE = {
    ("battles", "0001_initial"),
    ("battles", "0002_versions_on_the_vote"),
    ("battles", "0004_votes_outside_the_ledger"),
    ("leaderboard", "0002_labels_days_and_sources"),
    ("leaderboard", "0004_every_entry_has_day_and_labels"),
}
"""Nobody ran what came before these."""
OURS = sorted(
    app.label
    for app in apps.get_app_configs()
    if app.name.startswith("arena.") and Path(app.path, "migrations").is_dir()
)

if connection.vendor == "postgresql":  # whose locks it is about

    @pytest.mark.django_db
    def test_no_migration_breaks_the_release_that_still_runs():
        linter = MigrationLinter(str(ROOT), include_apps=OURS, no_cache=True, no_output=True)
        broken = set()
        for migration in linter._gather_all_migrations():
            name = (migration.app_label, migration.name)
            before = linter.nb_erroneous
            if migration.app_label in OURS:
                linter.lint_migration(migration)
            if linter.nb_erroneous > before:
                broken.add(name)
        assert broken <= BEFORE_THE_FIRST_RELEASE
        assert broken, "the linter reads no SQL"
