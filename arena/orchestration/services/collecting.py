"""Pictures that nobody needs any more leave the disk; their rows and battles stay.

The database is the truth. A picture goes when none of its battles got a vote or can still get one,
and a file goes when no row names it. A voted battle keeps its picture.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from arena.battles.models import Image
from arena.battles.selectors import pictures
from arena.orchestration import dispatch

log = logging.getLogger(__name__)

BATCH = 500
MOST = 50_000
"""Rows that one run goes through; the next one goes on."""
ORPHAN_SECONDS = 3600
"""A file that is younger may be waiting for its row."""


def collect_pictures() -> int:
    """Remove the files of pictures that no vote rests on, and files that no row names; returns how
    many bytes were freed.
    """
    before = timezone.now() - timedelta(hours=settings.PICTURE_HOURS)
    files = bytes_ = 0
    for size in (*_unvoted(before), *_orphans()):
        files, bytes_ = files + 1, bytes_ + size
    if files:
        log.info("collected %d pictures, %d bytes", files, bytes_)
        dispatch.count_collected(files, bytes_)
    return bytes_


def _unvoted(before: datetime) -> Iterator[int]:
    voted = pictures.voted_images(before)
    Image.objects.filter(pk__in=voted.values("pk")).update(kept=True)
    for digest in pictures.unneeded_images(before).values_list("pk", flat=True)[:MOST]:
        # With the row locked it is looked at again: a battle that has just begun with the same
        # picture holds the row, and is seen.
        with transaction.atomic():
            Image.objects.select_for_update().get(pk=digest)
            image = pictures.unneeded_images(before).filter(pk=digest).first()
            if image is not None:
                image.removed_at = timezone.now()
                image.save(update_fields=["removed_at"])
                default_storage.delete(str(image.file.name))
        if image is not None:
            yield image.size


def _orphans() -> Iterator[int]:
    """Delete files without a row, left by a kill or an older database; yield their sizes."""
    for folder in sorted(Path(settings.MEDIA_ROOT, "images").glob("*")):
        files = sorted(folder.iterdir())
        for start in range(0, len(files), BATCH):
            some = files[start : start + BATCH]
            named = pictures.stored_digests([file.stem for file in some])
            sizes = []
            for file in (file for file in some if file.stem not in named):
                try:
                    about = file.stat()
                    if time.time() - about.st_mtime >= ORPHAN_SECONDS:
                        file.unlink()
                        sizes.append(about.st_size)
                except OSError as error:
                    log.warning("a file can't be collected: %s", type(error).__name__)
            yield from sizes
