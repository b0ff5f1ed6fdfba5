"""Pictures on their way to the disk: a file and a row for each, and their places in a turn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from arena.battles.models import Battle, FurtherImage, Image, Turn
from arena.battles.selectors.samples import NO_CHOICE, SampleChoice
from arena.core.errors import Unavailable
from arena.core.images import PlainPicture
from inference_worker.wire import blobs


def store_pictures(pictures: Sequence[PlainPicture]) -> list[Image]:
    """Return the images of these pictures, in their order. Raises Unavailable."""
    images = []
    for picture in pictures:
        # The same bytes are stored once, under their SHA-256.
        digest = blobs.digest(picture.data)
        name = f"images/{digest[:2]}/{digest}.{picture.mime.removeprefix('image/')}"
        _save(name, picture.data)
        fields = {"mime": picture.mime, "width": picture.width, "height": picture.height}
        image, _created = Image.objects.get_or_create(
            digest=digest, defaults={**fields, "file": name, "size": len(picture.data)}
        )
        images.append(image)
    return images


def new_turn(
    battle: Battle,
    *,
    number: int,
    prompt: str,
    sample: str,
    choice: SampleChoice = NO_CHOICE,
    images: Sequence[Image],
    pictures: Sequence[PlainPicture],
) -> Turn:
    """Store a turn with its pictures, of which ``images`` are the rows, in the caller's
    transaction. Raises Unavailable."""
    first = images[0] if images else None
    turn = Turn.objects.create(
        battle=battle,
        number=number,
        prompt=prompt,
        image=first,
        sample=sample,
        sample_stratum=choice.stratum,
        picture_probability=choice.probability,
        picture_candidates=choice.candidates,
    )
    FurtherImage.objects.bulk_create(
        FurtherImage(turn=turn, position=position, image=image)
        for position, image in enumerate(images)
        if position
    )
    # In the order of their keys: two battles with the same pictures never wait for one another.
    for image, picture in sorted(zip(images, pictures, strict=True), key=lambda pair: pair[0].pk):
        _keep(image, picture)
    return turn


def _keep(image: Image, picture: PlainPicture) -> None:
    """Bring back a file that was removed meanwhile, under the lock that ``collecting`` takes, too.

    The foreign key of the turn locks nothing until the transaction ends, for its check is deferred:
    without this lock the collector would see no battle and take the file after it was looked for.
    """
    if not list(Image.objects.select_for_update(no_key=True).filter(pk=image.pk)):
        image.save(force_insert=True)  # erased with the last battle that had it, at this moment
    _save(str(image.file.name), picture.data)
    Image.objects.filter(pk=image.pk, removed_at__isnull=False).update(removed_at=None)


def _save(name: str, data: bytes) -> None:
    """Write the file unless it is there; one that a full disk or a kill left half is replaced.

    Raises Unavailable where it can't be written.
    """
    try:
        with suppress(FileNotFoundError):  # not there, or collected at this very moment
            if default_storage.size(name) == len(data):
                os.utime(default_storage.path(name))  # it is no orphan of long ago
                return
            default_storage.delete(name)
        default_storage.save(name, ContentFile(data))
    except OSError as error:
        with suppress(OSError):
            default_storage.delete(name)
        raise Unavailable from error
