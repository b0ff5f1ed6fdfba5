"""Export votes and battles into one folder, which is complete or absent; can be resumed."""

from __future__ import annotations

import functools
import gc
import hashlib
import math
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from arena.core.faces import FacesUnknown
from arena.datasets.formats import Source, export_formats
from arena.datasets.records import Pseudonyms
from arena.datasets.selectors.battles import battle_pages
from arena.datasets.selectors.ledger import entry_pages
from arena.datasets.selectors.pictures import (
    published_digests,
    region_changes,
    region_marks,
    unseen_pictures,
)
from arena.datasets.services.cards import write_descriptions
from arena.datasets.services.increments import (
    EarlierExport,
    is_outdated,
    write_marks,
    write_tombstones,
)
from arena.datasets.services.snapshots import write_snapshots
from arena.datasets.services.state import (
    STATE,
    ExportRefused,
    ExportState,
    SourceState,
    locked,
    remove_state,
    stored_state,
)
from arena.datasets.services.writing import FORMS, IMAGE_FOLDER, SourceWriter
from arena.ledger.selectors.entries import head_at
from arena.ledger.selectors.head import head
from arena.orchestration.services.faces import look_for_faces

LEDGER: Source = "ledger"
BATTLES: Source = "battles"
Progress = Callable[[str, int, int], object]
"""A callback with the name of what is read, the progress, and the end."""

Pages = Callable[[int, int, Pseudonyms], Iterator[tuple[int, int, list[Any]]]]
"""What reads the rows behind a ledger number, up to another one."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The choices of an export; ``since`` is a ledger number that an earlier export ended at.

    ``seed`` makes the pseudonyms the same each time: for tests, never for publication.
    """

    forms: tuple[str, ...] = FORMS
    shard_bytes: int = 256 * 2**20
    seed: int | None = None
    since: int = 0


def export(
    folder: Path,
    options: ExportOptions,
    *,
    earlier: EarlierExport | None = None,
    progress: Progress = lambda name, at, end: None,
    until: float = math.inf,
) -> dict[str, int] | None:
    """Write the folder; return the number of rows by configuration and split.

    What is unfinished stands beside it as `NAME.partial` and is gone on with by the next call with
    the same options. A call that ends a shard at or behind ``until``, on the clock of
    `time.monotonic`, returns None and leaves the rest to the next one. Raises ExportRefused for a
    folder that is there, or is being written.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportRefused(f"{folder} is there already, and not empty.")
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    with locked(partial):
        state = _state(partial, options)
        if not _go_on(partial, state, earlier, progress, until):
            return None
        tombstones = write_tombstones(partial, earlier, state.number)
        counted = [pair for one in state.sources.values() for pair in one.rows.items()]
        rows = dict(sorted(counted))
        snapshots = write_snapshots(partial, state.number)
        write_descriptions(partial, state, rows, snapshots, tombstones)
        remove_state(partial)
        os.sync()
        partial.replace(folder)
    return rows


def _state(partial: Path, options: ExportOptions) -> ExportState:
    """Return the state of what was begun with these options, or begin."""
    given = {**asdict(options), "forms": list(options.forms)}
    stored = stored_state(partial)
    if stored is not None:
        if stored.options != given:
            raise ExportRefused(
                f"{partial} was begun with other options: finish it with those, or delete it."
            )
        if head_at(stored.number).hash != stored.hash:
            raise ExportRefused(f"{partial} was begun on another ledger: delete it.")
        return stored
    now = head()
    if options.since > now.number:
        raise ExportRefused(f"The ledger ends at entry {now.number}, before {options.since}.")
    state = ExportState(given, now.number, now.hash, _secret(options.seed).hex())
    state.sources = {LEDGER: SourceState(cursor=options.since), BATTLES: SourceState()}
    state.store(partial)
    return state


def _secret(seed: int | None) -> bytes:
    if seed is None:
        return secrets.token_bytes(32)
    return hashlib.sha256(f"pseudonyms of seed {seed}".encode()).digest()


def _go_on(
    partial: Path,
    state: ExportState,
    earlier: EarlierExport | None,
    progress: Progress,
    until: float,
) -> bool:
    """Write what is missing, and return whether nothing is. Content that was written and may not
    be published any more, since somebody withdrew it or blurred a part of it meanwhile, is written
    anew."""
    since = state.options["since"]
    _remove_unfinished(partial, state)
    is_written = _write_source(partial, state, LEDGER, entry_pages, progress, until)
    if not is_written or not _all_looked_at(state.number, until):
        return False
    images = partial / IMAGE_FOLDER
    while True:
        own = state.sources[BATTLES]
        own.regions = own.regions or region_changes(state.number)
        lacking = earlier.lacking() if earlier and since else []
        pages = functools.partial(battle_pages, since=since, lacking=lacking)
        if not _write_source(partial, state, BATTLES, pages, progress, until):
            return False
        # Before it is checked that nothing was changed: so both are of the pictures as written.
        marks = region_marks(state.number)
        named = set(published_digests(state.number)) if images.is_dir() else set()
        if own.regions == region_changes(state.number) and not is_outdated(partial, state.number):
            break
        for path in own.files:
            (partial / path).unlink()
        shutil.rmtree(images, ignore_errors=True)
        state.sources[BATTLES] = SourceState()
        state.store(partial)
    write_marks(partial, marks)
    # Pictures of battles that a killed process had begun and that are withdrawn now.
    for image in images.glob("*"):
        if image.stem not in named:
            image.unlink()
    return True


def _all_looked_at(upto: int, until: float) -> bool:
    """Look for faces in what is going to be published; return False where the time was over first.

    A battle with a picture that can't be looked at is left out.
    """
    for image in unseen_pictures(upto) if settings.BLUR_FACES else ():
        with suppress(FacesUnknown):
            look_for_faces([image])
        if time.monotonic() >= until:
            return False
    return True


def _write_source(
    partial: Path,
    state: ExportState,
    source: Source,
    pages: Pages,
    progress: Progress,
    until: float,
) -> bool:
    """Write what is missing of one reading; return whether nothing is, or the time was over."""
    own = state.sources[source]
    if own.done:
        return True
    names = Pseudonyms(bytes.fromhex(state.secret))
    formats = {name: one for name, one in export_formats().items() if source == one.SOURCE}
    writer = SourceWriter(partial, formats, state.options["forms"], own)
    read = own.items
    with closing(writer), _collector_at_rest():
        for reached, count, page in pages(own.cursor, state.number, names):
            writer.write(page)
            read += count
            progress(source, reached, state.number)
            if writer.bytes >= state.options["shard_bytes"] and reached < state.number:
                writer.close_shard(last=False)
                _check_in(partial, state, own, writer, (reached, read))
                gc.collect(1)  # what this shard left; older objects are not of its making
                if time.monotonic() >= until:
                    return False
        writer.close_shard(last=True)
        own.done = True
        _check_in(partial, state, own, writer, (state.number, read))
    return True


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Let the collector of cycles look at a shard's end alone: a page is hundreds of thousands of
    tuples without a cycle, and looking through them all the time takes a third of an export."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _check_in(
    partial: Path,
    state: ExportState,
    own: SourceState,
    writer: SourceWriter,
    reached: tuple[int, int],
) -> None:
    own.cursor, own.items = reached
    own.shard += 1
    own.files |= writer.lengths()
    own.rows = writer.rows
    state.store(partial)


def _remove_unfinished(partial: Path, state: ExportState) -> None:
    """Remove what a killed process wrote behind the last state that it stored."""
    known = {path: n for one in state.sources.values() for path, n in one.files.items()}
    for path in partial.rglob("*"):
        name = str(path.relative_to(partial))
        if not path.is_file() or name.startswith((STATE, "lock", f"{IMAGE_FOLDER}/")):
            continue
        if name not in known:
            path.unlink()
        elif path.stat().st_size < known[name]:
            raise ExportRefused(f"{path} was cut off. Delete {partial} and export anew.")
        else:
            os.truncate(path, known[name])
