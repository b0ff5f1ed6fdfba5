"""From a question to two sides on their queues."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from arena.battles import dispatch, selectors
from arena.battles.models import Battle, Generation, Image, Turn
from arena.battles.services.rows import enqueue
from arena.core.errors import Unavailable
from arena.core.images import Picture
from arena.voters.models import Voter
from inference_worker.wire import blobs


@dataclass(frozen=True, slots=True)
class Question:
    """What a voter brings: a picture made safe, the prompt, the sample that it came from."""

    picture: Picture
    prompt: str
    sample: str = ""


def start_battle(*, voter: Voter, question: Question) -> Battle:
    """Draw a pair and put both sides on their queues once the rows are committed.

    Raises NotEnoughModels, and Unavailable when the picture can't be stored. The voter's consent is
    copied, and so is the pacing in force: a later change of either holds for later battles.
    """
    version_a, version_b, policy, probability = selectors.draw_matchup()
    image = _stored(question.picture)
    with transaction.atomic():
        battle = Battle.objects.create(
            voter=voter,
            draw_policy=policy,
            draw_probability=probability,
            conditions=dispatch.conditions(),
            pacing=settings.PACING,
            publish=bool(voter.publish),
            consent_version=voter.consent_version,
            consent_at=voter.consent_at,
        )
        turn = Turn.objects.create(
            battle=battle, prompt=question.prompt, image=image, sample=question.sample
        )
        _keep(image, question.picture)
        for side, version in (("a", version_a), ("b", version_b)):
            enqueue(Generation(turn=turn, side=side, version=version))
    return battle


def _stored(picture: Picture) -> Image:
    """The image row; the same bytes are stored once, under their SHA-256."""
    digest = blobs.digest(picture.data)
    name = f"images/{digest[:2]}/{digest}.{picture.mime.removeprefix('image/')}"
    _save(name, picture.data)
    fields = {"mime": picture.mime, "width": picture.width, "height": picture.height}
    image, _created = Image.objects.get_or_create(
        digest=digest, defaults={**fields, "file": name, "size": len(picture.data)}
    )
    return image


def _keep(image: Image, picture: Picture) -> None:
    """Bring back a file that was removed meanwhile, under the lock that ``collecting`` takes, too.

    The foreign key of the turn locks nothing until the transaction ends, for its check is deferred:
    without this lock the collector would see no battle and take the file after it was looked for.
    """
    Image.objects.select_for_update(no_key=True).get(pk=image.pk)
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
