"""The tables of this release or of an earlier one, for a backup to be read into."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from arena.operations import rows
from arena.operations.archive import BadArchive, Manifest


def applied_migrations() -> list[str]:
    """Return ``app.name`` of every migration that the database has, sorted."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def bring_to(manifest: Manifest) -> rows.Tables:
    """Give the database the tables that the backup is of, and return them with their fields.

    Raises BadArchive for a backup of a later release, and for one of an earlier release where the
    database has tables of this one already: they can't be led back.
    """
    executor = MigrationExecutor(connection)
    known = {f"{app}.{name}" for app, name in executor.loader.graph.nodes}
    said = f"The file is of another release ({manifest.version})"
    if unknown := sorted(set(manifest.migrations) - known):
        raise BadArchive(f"{said}, which knows {unknown[0]}: restore it with that one or a later.")
    if set(manifest.migrations) == known:
        call_command("migrate", interactive=False, verbosity=0)
        return {model: rows.fields_of(model) for model in rows.tables()}
    if applied_migrations() not in ([], manifest.migrations):
        raise BadArchive(
            f"{said}, and the database has tables of this one: give it a database without any."
        )
    # Sorted, so that of each app the last one stays: its own way leads over all the others.
    last = dict(one.split(".", 1) for one in sorted(manifest.migrations))
    executor.migrate(list(last.items()))
    return _tables_at(executor, last.items())


def _tables_at(executor: MigrationExecutor, wanted: Iterable[tuple[str, str]]) -> rows.Tables:
    """Each of today's models that had a table then, with those of its fields that it had.

    A line's values stand in the order of the class, into which later fields came in any place.
    """
    then = executor.loader.project_state(list(wanted)).apps
    had = {model._meta.label_lower: _names(model) for model in then.get_models(True)}
    return {
        model: [f for f in rows.fields_of(model) if f.name in had[model._meta.label_lower]]
        for model in rows.tables()
        if model._meta.label_lower in had
    }


def _names(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.local_concrete_fields}
