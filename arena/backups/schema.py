"""The tables of this release or of an earlier one, for a backup to be read into."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from arena.backups import rows
from arena.backups.archive import ArchiveManifest, BadArchive


def applied_migrations() -> list[str]:
    """Return ``app.name`` of every migration that the database has, sorted."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def bring_to(manifest: ArchiveManifest) -> list[rows.ModelTable]:
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
        return [
            rows.ModelTable(model._meta.label_lower, model, rows.fields_of(model))
            for model in rows.tables()
        ]
    if applied_migrations() not in ([], manifest.migrations):
        raise BadArchive(
            f"{said}, and the database has tables of this one: give it a database without any."
        )
    # Sorted, so that of each app the last one stays: its own way leads over all the others.
    last = dict(one.split(".", 1) for one in sorted(manifest.migrations))
    executor.migrate(list(last.items()))
    return tables_at(executor, last.items())


def tables_at(
    executor: MigrationExecutor, wanted: Iterable[tuple[str, str]]
) -> list[rows.ModelTable]:
    """Return each of today's models that had a table then, with the fields that it had.

    A model may have moved to another app since; its table keeps its name. The values of a line are
    in the order of the class, into which later fields may have been inserted anywhere.
    """
    then = executor.loader.project_state(list(wanted)).apps
    had = {model._meta.db_table: model for model in then.get_models(True)}
    found = []
    for model in rows.tables():
        if earlier := had.get(model._meta.db_table):
            names = {field.name for field in earlier._meta.local_concrete_fields}
            fields = [field for field in rows.fields_of(model) if field.name in names]
            found.append(rows.ModelTable(earlier._meta.label_lower, model, fields))
    return found
