"""Exports that the site publishes by itself, in steps of some seconds.

An export is written to a folder of this machine, sent to the store under a name of its own, and
named by the store's pointer once it is there as a whole: a reader of the pointer never sees half of
one. A process that is killed is followed by the next step, which goes on.
"""

from __future__ import annotations

import logging
import math
import shutil
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pyarrow import fs

from arena.datasets.models import Publication
from arena.datasets.services.exporting import ExportOptions, export
from arena.datasets.services.increments import EarlierExport, earlier_export
from arena.datasets.services.state import ExportRefused, locked
from arena.datasets.services.writing import CSV, PARQUET
from arena.datasets.states import OVER, UNDER_WAY, PublicationState
from arena.publications.services.stores import PublicationStore, publication_store
from arena.rating.verify.tables import MANIFEST, read_manifest

log = logging.getLogger(__name__)

STEP_SECONDS = 20.0
"""A step ends with the shard or the file that is under way then: other tasks wait behind it."""
SHARD_BYTES = 64 * 2**20
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""After failures one behind the other."""
MOST_PATIENCE = timedelta(days=1)
"""A publication that fails after so long is given up: what it wrote may have been withdrawn."""


def publish(*, at_once: bool = False, patience: float = STEP_SECONDS) -> Publication | None:
    """Go on with the publication under way, or begin one if it is due, or ``at_once``.

    Returns the publication that was worked on; None where nothing is due, another process is at
    work, or nothing is to be published. A file's lock lets one process in. What fails is stored
    with the publication and tried again; no error is raised.
    """
    work = Path(settings.DATA_DIR) / "publications"
    if not settings.PUBLICATION_PLACE:
        _leave(work)
        return None
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with locked(work):
            now, until = timezone.now(), time.monotonic() + patience
            publication = Publication.objects.filter(state__in=UNDER_WAY).first()
            if publication is None and (at_once or _is_due(now)):
                publication = Publication.objects.create(
                    name=f"{now:%Y%m%dT%H%M%S%f}Z", begun_at=now, due_at=now
                )
            if publication is not None and publication.due_at > now and not at_once:
                return publication
            try:
                store = publication_store()
                _tidy(work, publication)
                _remove_old(store)
                if publication is not None:
                    _go_on(publication, store, work, until)
            except ExportRefused as error:
                log.warning("a publication was given up: %s", error)
                _abandon(publication, work, str(error))
            except (OSError, ValueError) as error:  # pyarrow says both of a store
                log.warning("a publication could not go on: %s", error)
                _put_off(publication, now, work, str(error))
            return publication
    except ExportRefused:
        return None  # another process has the lock


def _is_due(now: datetime) -> bool:
    last = Publication.objects.first()
    if last is None:
        return True
    pause = timedelta(hours=settings.PUBLICATION_HOURS)
    if last.state == PublicationState.ABANDONED:
        pause = min(pause, LONGEST_PAUSE)
    return last.begun_at + pause <= now


def _go_on(publication: Publication, store: PublicationStore, work: Path, until: float) -> None:
    folder = work / publication.name
    if publication.state == PublicationState.WRITING and not _write(
        publication, store, folder, until
    ):
        return
    if not (folder / MANIFEST).is_file():
        raise ExportRefused(f"{folder} is gone.")
    if _send(folder, publication.name, store, until):
        # Where a battle was withdrawn since the last one, or a part of its picture blurred, all
        # earlier ones are removed: they hold it.
        number = publication.ledger_number or 0
        own, earlier = earlier_export(folder), _earlier(store)
        if len(own.withdrawn(number)) or own.changed(number):
            raise ExportRefused("A battle was withdrawn or changed while the files were sent.")
        before = list(Publication.objects.filter(state=PublicationState.PUBLISHED))
        publication.state, publication.published_at = PublicationState.PUBLISHED, timezone.now()
        publication.problem = ""
        withdrawn = set(own.tombstones()) - set(earlier.tombstones() if earlier else ())
        is_stale = withdrawn or (earlier is not None and earlier.changed(number))
        kept = 1 if is_stale else settings.PUBLICATIONS_KEPT
        listed = [publication, *before[: kept - 1]]
        store.point({**_facts(publication), "publications": [_facts(one) for one in listed]})
        with transaction.atomic():
            publication.save()
            older = Publication.objects.filter(state=PublicationState.PUBLISHED)
            names = [one.name for one in listed]
            older.exclude(name__in=names).update(state=PublicationState.SUPERSEDED)
        _remove_old(store)
        shutil.rmtree(folder)


def _write(publication: Publication, store: PublicationStore, folder: Path, until: float) -> bool:
    """Write the export; return whether it is whole."""
    options = ExportOptions(forms=(PARQUET, CSV), shard_bytes=SHARD_BYTES)
    whole = (folder / MANIFEST).is_file()
    if not whole and export(folder, options, earlier=_earlier(store), until=until) is None:
        return False
    manifest = read_manifest(folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    rows = manifest["rows"]
    publication.state = PublicationState.SENDING
    publication.ledger_number = manifest["ledger"]["number"]
    publication.ledger_hash = manifest["ledger"]["hash"]
    publication.votes = rows["votes/train"] + rows["votes/excluded"]
    publication.battles = rows["battles/train"]
    publication.withdrawn = manifest["tombstones"]
    publication.files = len(files)
    publication.size = sum(path.stat().st_size for path in files)
    publication.save()
    return True


def _earlier(store: PublicationStore) -> EarlierExport | None:
    """Return the export that the pointer names, so that the next one lists what was withdrawn."""
    pointer = store.pointer() or {}
    name, number = pointer.get("name"), pointer.get("ledger_number")
    known = Publication.objects.filter(name=str(name), published_at__isnull=False)
    if not isinstance(number, int) or not known.exists():
        return None
    return EarlierExport(fs.SubTreeFileSystem(str(name), store.files), number)


def _send(folder: Path, name: str, store: PublicationStore, until: float) -> bool:
    """Send what the store lacks, the manifest last; return whether it has everything."""
    there = store.sizes(name)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in sorted(paths, key=lambda one: one.name == MANIFEST):
        own = path.relative_to(folder).as_posix()
        if there.get(own) != path.stat().st_size:
            if time.monotonic() >= until:
                return False
            store.send(path, f"{name}/{own}")
    sent = store.sizes(name)
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
    if missing := [own for own, size in sizes.items() if sent.get(own) != size]:
        raise OSError(f"{len(missing)} files did not arrive whole")
    return True


def _facts(publication: Publication) -> dict[str, Any]:
    shown = publication.published_at
    return {
        "name": publication.name,
        "manifest": f"{publication.name}/{MANIFEST}",
        "published_at": shown.isoformat() if shown else None,
        "ledger_number": publication.ledger_number,
        "ledger_hash": publication.ledger_hash,
    }


def _tidy(work: Path, publication: Publication | None) -> None:
    """Remove what killed processes left of publications that are not under way any more."""
    for folder in work.iterdir():
        if folder.is_dir() and (publication is None or not folder.match(f"{publication.name}*")):
            shutil.rmtree(folder)


def _remove_old(store: PublicationStore) -> None:
    for old in Publication.objects.filter(state__in=OVER, removed_at=None):
        store.remove(old.name)
        old.removed_at = timezone.now()
        old.save(update_fields=["removed_at"])


def _abandon(publication: Publication | None, work: Path, problem: str) -> None:
    """Give the publication up; what of it is in the store is removed by the next step."""
    if publication is None:
        return
    for folder in (work / publication.name, work / f"{publication.name}.partial"):
        shutil.rmtree(folder, ignore_errors=True)
    publication.state = PublicationState.ABANDONED
    publication.problem = problem[:300]
    publication.save()


def _leave(work: Path) -> None:
    """Remove what was begun before the place was taken away: it holds content."""
    if work.is_dir():
        with suppress(ExportRefused), locked(work):
            _tidy(work, None)


def _put_off(publication: Publication | None, now: datetime, work: Path, problem: str) -> None:
    if publication is None:
        return
    if publication.begun_at + MOST_PATIENCE < now:
        _abandon(publication, work, problem)
        return
    doubled = FIRST_PAUSE * 2 ** min(publication.attempts, 10)
    publication.attempts += 1
    publication.due_at = now + min(doubled, LONGEST_PAUSE)
    publication.problem = problem[:300]
    publication.save()


ENDLESS = math.inf
"""The patience of the command, which waits until the publication is whole."""
