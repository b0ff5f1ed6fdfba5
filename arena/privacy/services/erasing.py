"""The erasure of content: pictures and texts go, the vote and its counts stay.

The register says what goes. The battle's row keeps when and why, as its tombstone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from arena.battles.models import Battle, Generation, Image
from arena.battles.states import OPEN_STATES, BattleState, ErasureReason
from arena.core.errors import Conflict
from arena.demographics.services import forget_voter
from arena.orchestration.services import close_reviews, end_battle
from arena.privacy import dispatch
from arena.privacy.dispatch import RedisTrace
from arena.privacy.register import ErasureRule, StoredColumn, columns
from arena.voters.models import Voter

BATCH = 200
"""Battles of one transaction: other writers wait no longer than for these."""
ERASED = "erased"
"""The digest of the one image row that stands in the place of erased pictures."""
REDIS_KEEPS = timedelta(days=1)
"""Redis holds nothing of an older battle."""


def erase_battles(*, battles: Iterable[int], reason: ErasureReason) -> int:
    """Erase the content of battles, by their keys; return how many had any.

    A battle that is still open is skipped first. Locks the rows of the battles, then those of
    their pictures, both in the order of their keys, in one transaction for each batch. On commit
    Redis forgets them, best effort. Asking twice changes nothing.
    """
    keys = list(battles)
    starts = range(0, len(keys), BATCH)
    return sum(erase_batch(keys[start : start + BATCH], reason) for start in starts)


def erase_voter(*, voter: UUID) -> int:
    """Erase the content of all battles of a voter, and what is known of the voter; return how many
    battles had any. The random number stays beside the votes, which count.
    """
    count, after = 0, 0
    rows = Battle.objects.filter(voter=voter, erased_at=None).order_by("pk")
    while some := list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:BATCH]):
        count += erase_battles(battles=some, reason=ErasureReason.VOTER)
        after = some[-1]
    forget_voter(voter=voter)
    Voter.objects.filter(pk=voter).update(
        network="", publish=None, consent_version="", consent_at=None
    )
    return count


def erase_batch(keys: Sequence[int], reason: ErasureReason) -> int:
    for battle in Battle.objects.filter(pk__in=keys, state__in=OPEN_STATES):
        with suppress(Conflict):  # voted at this very moment
            end_battle(battle=battle, to=BattleState.SKIPPED)
    with transaction.atomic():
        locked = Battle.objects.select_for_update().filter(pk__in=keys, erased_at=None)
        battles = list(locked.order_by("pk"))
        traces = list(redis_traces(battles))
        chosen = [battle.pk for battle in battles]
        gone = erase_columns(chosen)
        close_reviews(battles=chosen, reason=f"content erased: {reason.value}")
        Battle.objects.filter(pk__in=chosen).update(
            erased_at=timezone.now(), erased_because=reason.value
        )
        transaction.on_commit(partial(dispatch.forget, traces, gone))
    return len(chosen)


def redis_traces(battles: Iterable[Battle]) -> Iterator[RedisTrace]:
    """Yield what Redis may still hold of young battles."""
    young = {b.pk: b for b in battles if b.created_at > timezone.now() - REDIS_KEEPS}
    rows = Generation.objects.filter(turn__battle__in=young).order_by()
    queues: dict[int, set[str]] = {}
    for battle, queue in rows.values_list("turn__battle", "version__card__queue"):
        queues.setdefault(battle, set()).add(queue)
    for key, row in young.items():
        yield RedisTrace(row.public_id, frozenset(queues.get(key, ())))


def erase_columns(battles: Collection[int]) -> list[str]:
    """Do with each column of these battles what its rule says; return the digests of the pictures
    that are gone."""
    digests: set[str] = set()
    nothing = {"width": 0, "height": 0, "size": 0, "removed_at": timezone.now()}
    placeholder, _ = Image.objects.get_or_create(digest=ERASED, defaults=nothing)
    for column in columns():
        if column.rule is ErasureRule.CLEAR:
            field: Any = column.table._meta.get_field(column.name)
            _rows(column, battles).update(**{column.name: field.get_default()})
        elif column.rule is ErasureRule.DELETE:
            _rows(column, battles).delete()
        elif column.rule is ErasureRule.PICTURE:
            rows = _rows(column, battles).exclude(**{column.name: None})
            digests |= set(rows.order_by().values_list(column.name, flat=True).distinct())
            rows.update(**{column.name: placeholder})
    return release_pictures(digests - {ERASED})


def _rows(column: StoredColumn, battles: Collection[int]) -> QuerySet[Model]:
    return column.table._base_manager.filter(**{f"{column.battle}__in": battles})


def release_pictures(digests: Collection[str]) -> list[str]:
    """Delete the pictures that no battle has any more; return their digests.

    The file goes while the row is locked: a battle that begins with the same picture at this moment
    waits for the row, finds it gone and stores both anew.
    """
    gone = []
    used_by = [column for column in columns() if column.rule is ErasureRule.PICTURE]
    for image in Image.objects.select_for_update().filter(pk__in=digests).order_by("pk"):
        rows = (one.table._base_manager.filter(**{one.name: image}) for one in used_by)
        if not any(found.exists() for found in rows):
            gone.append(image.digest)
            default_storage.delete(str(image.file.name))
            image.delete()
    return gone
