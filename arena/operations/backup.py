"""Everything that must not be lost, in one file: rows and pictures, as they were at one moment.

Not in it: keys (ARENA_SECRET_KEY, ARENA_SEALING_KEY), who is signed in, and what Redis holds.
Secrets of endpoints and of second factors are in it as ciphertext. The file goes from SQLite to
PostgreSQL and back.
"""

from __future__ import annotations

import contextlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction

from arena.leaderboard.services.snapshots import version
from arena.operations import archive, rows
from arena.operations.archive import BadArchive, Manifest, Writer
from arena.operations.schema import applied_migrations, bring_to

_ROWS, _MEDIA = "rows/", "media/"


class NotEmpty(Exception):
    """The database holds something, and nobody said that it may go."""


def back_up(path: Path) -> Manifest:
    """Write a new file, whole or not at all; votes go on meanwhile. Raises FileExistsError."""
    if path.exists():
        raise FileExistsError(f"{path} is there already.")
    draft = path.with_name(f"{path.name}.part")
    with contextlib.ExitStack() as stack:
        stack.callback(draft.unlink, missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=3) as tar, _one_moment():
                writer = Writer(tar, Manifest(version(), applied_migrations()))
                _write(writer)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    return writer.manifest


def restore(path: Path, *, overwrite: bool = False) -> Manifest:
    """Bring an empty database, and the folder of pictures, to what the file holds.

    The rows come in one transaction: all of them or none. A file of an earlier release is read into
    the tables of that release, and those are migrated. Raises BadArchive, NotEmpty.
    """
    manifest = archive.read_manifest(path)
    tables = bring_to(manifest)
    if not overwrite and (filled := rows.filled(tables)):
        raise NotEmpty(f"The database holds {', '.join(filled[:5])}; --overwrite deletes it all.")
    with transaction.atomic():
        rows.empty(tables)
        _read(path, manifest, tables)
        rows.reset_sequences(tables)
    call_command("migrate", interactive=False, verbosity=0)
    return manifest


def _write(writer: Writer) -> None:
    for model in rows.tables():
        label = model._meta.label_lower
        writer.manifest.rows[label] = writer.add_lines(f"{_ROWS}{label}.jsonl", rows.lines(model))
    for name in sorted(set(rows.files())):
        try:
            writer.add_file(f"{_MEDIA}{name}", Path(default_storage.path(name)))
        except FileNotFoundError:  # erased since, or before
            writer.manifest.missing.append(name)
    writer.finish()


def _read(path: Path, manifest: Manifest, tables: rows.Tables) -> None:
    models = {f"{_ROWS}{model._meta.label_lower}.jsonl": model for model in tables}
    for name, source in archive.parts(path):
        if name in models:
            count = rows.insert(models[name], tables[models[name]], source)
            if count != manifest.rows[models[name]._meta.label_lower]:
                raise BadArchive(f"{name} has {count} rows, and should have others.")
        elif name.startswith(_MEDIA):
            _put(name.removeprefix(_MEDIA), source.read())


def _put(name: str, content: bytes) -> None:
    """Raises SuspiciousFileOperation for a name that leads out of the folder."""
    target = Path(default_storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


@contextlib.contextmanager
def _one_moment() -> Iterator[None]:
    """All queries see the database as it was at the first one, and nobody waits for them."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Django's own would be IMMEDIATE and keep every vote waiting.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
