"""Everything that must not be lost, in one file: rows and pictures, as they were at one moment.

Not in it: keys (ARENA_SECRET_KEY, ARENA_SEALING_KEY), who is signed in, and what Redis holds.
Secrets of endpoints and of second factors are in it as ciphertext. The file goes from SQLite to
PostgreSQL and back.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction

from arena.backups import archive, rows
from arena.backups.archive import ArchiveManifest, ArchiveWriter, BadArchive
from arena.backups.schema import applied_migrations, bring_to
from arena.boards.services.snapshots import version

DRAFTS = "arena-*.tar.gz.part"
"""The names of the backups of a folder while they are written."""
_ROWS, _MEDIA = "rows/", "media/"


class NotEmpty(Exception):
    """The database holds something, and nobody said that it may go."""


def back_up(path: Path) -> ArchiveManifest:
    """Write a new file, whole or not at all; votes go on meanwhile. Raises FileExistsError."""
    if path.exists():
        raise FileExistsError(f"{path} is there already.")
    draft = path.with_name(f"{path.name}.part")
    with contextlib.ExitStack() as stack:
        stack.callback(draft.unlink, missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(out, fcntl.LOCK_EX)  # until it is closed: see remove_drafts
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=3) as tar, one_moment():
                writer = ArchiveWriter(tar, ArchiveManifest(version(), applied_migrations()))
                write_parts(writer)
            out.flush()
            os.fsync(out.fileno())
            draft.replace(path)
    return writer.manifest


def remove_drafts(folder: Path) -> list[Path]:
    """Delete what killed backups left in a folder, and return it: content that was erased since
    would stay there for good. A draft that is being written is locked; one that can't be locked,
    or is finished meanwhile, is left alone."""
    gone = []
    for draft in sorted(folder.glob(DRAFTS)):
        with contextlib.suppress(OSError), draft.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink(missing_ok=True)
            gone.append(draft)
    return gone


def restore(path: Path, *, overwrite: bool = False) -> ArchiveManifest:
    """Bring an empty database, and the folder of pictures, to what the file holds.

    The rows come in one transaction: all of them or none. A file of an earlier release is read into
    the tables of that release, and those are migrated. Raises BadArchive, NotEmpty.
    """
    manifest = archive.read_manifest(path)
    tables = bring_to(manifest)
    if not overwrite and (filled := rows.filled(tables)):
        raise NotEmpty(f"The database holds {', '.join(filled[:5])}; --overwrite deletes it all.")
    with transaction.atomic():
        rows.empty(table.model for table in tables)
        read_parts(path, manifest, tables)
        rows.reset_sequences(table.model for table in tables)
    call_command("migrate", interactive=False, verbosity=0)
    return manifest


def write_parts(writer: ArchiveWriter) -> None:
    for model in rows.tables():
        label = model._meta.label_lower
        writer.manifest.rows[label] = writer.add_lines(f"{_ROWS}{label}.jsonl", rows.lines(model))
    for name in sorted(set(rows.files())):
        try:
            writer.add_file(f"{_MEDIA}{name}", Path(default_storage.path(name)))
        except FileNotFoundError:  # erased since, or before
            writer.manifest.missing.append(name)
    writer.finish()


def read_parts(path: Path, manifest: ArchiveManifest, tables: list[rows.ModelTable]) -> None:
    named = {f"{_ROWS}{table.label}.jsonl": table for table in tables}
    for name, source in archive.parts(path):
        if table := named.get(name):
            count = rows.insert(table.model, table.fields, source)
            if count != manifest.rows[table.label]:
                raise BadArchive(f"{name} has {count} rows, and should have others.")
        elif name.startswith(_MEDIA):
            # Raises SuspiciousFileOperation for a name that leads out of the folder.
            target = Path(default_storage.path(name.removeprefix(_MEDIA)))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """Let all queries see the database as at the first one, without making anybody wait."""
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
