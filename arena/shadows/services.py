"""Asking versions on trial what voters have asked, and storing what they say."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from redis.exceptions import RedisError

from arena.battles.models import Battle, Turn
from arena.battles.selectors.reading import live_counts
from arena.catalog.models import ModelVersion
from arena.catalog.selectors import served_queues
from arena.shadows import dispatch, selectors
from arena.shadows.models import ShadowAnswer
from arena.shadows.states import ShadowState
from inference_worker.wire.messages import AnswerLimits, GenerationOutcome
from inference_worker.wire.texts import writable

log = logging.getLogger(__name__)


def offer_questions() -> int:
    """Ask each version on trial one question that it has not had; return how many were asked.

    Nothing is asked where a voter waits on the version's queue, where no worker serves it, while
    the version has an answer under way, or beyond ``SHADOW_ANSWERS`` of a version on a day of UTC.
    """
    now = timezone.now()
    give_up_late(now)
    versions = selectors.versions_on_trial() if settings.SHADOW_ANSWERS else []
    queues = served_queues() if versions else None
    if not queues:
        return 0
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = selectors.asked_since(day)
    busy = {answer.version_id for answer in selectors.open_shadows()}
    count = 0
    for version in versions:
        spent = asked.get(version.pk, 0) >= settings.SHADOW_ANSWERS
        if spent or version.pk in busy or version.card.queue not in queues:
            continue
        turn = selectors.next_question(version, now)
        if turn is not None and not _is_wanted(version.card.queue):
            count += _ask(version, turn, now)
    return count


@transaction.atomic
def finish_shadow(outcome: GenerationOutcome) -> bool:
    """Store how a shadow answer ended; False for one that is not under way.

    Of a battle whose content was erased meanwhile no text is kept.
    """
    rows = ShadowAnswer.objects.select_for_update(of=("self",))
    answer = rows.select_related("version__card", "turn__battle", "turn__image").filter(
        stream=outcome.stream, state=ShadowState.ASKED
    )
    found = answer.first()
    held = found is not None and secrets.compare_digest(
        found.fence.encode(), outcome.fence.encode(errors="replace")
    )
    if found is None or not held or outcome.status == "lost":
        return False
    limits = AnswerLimits(**found.turn.battle.conditions)
    # Asked anew, now that the row is locked: an erasure may have held it until now.
    if Battle.objects.filter(pk=found.turn.battle_id, erased_at=None).exists():
        found.text = writable(outcome.text)[: limits.max_characters]
    found.tokens, found.first_text_ms = outcome.tokens, outcome.first_text_ms
    found.total_ms = outcome.total_ms
    _end(found, "" if outcome.status == "ended" else outcome.code or "internal")
    transaction.on_commit(partial(dispatch.end, found, early=False))
    return True


def give_up_late(now: datetime) -> int:
    """End the shadow answers whose time is over, or whose question was erased; return how many."""
    over = Q(asked_at__lt=now - selectors.patience()) | Q(turn__battle__erased_at__isnull=False)
    late = list(selectors.open_shadows().filter(over))
    for answer in late:
        with transaction.atomic():
            rows = ShadowAnswer.objects.select_for_update(of=("self",))
            if not rows.filter(pk=answer.pk, state=ShadowState.ASKED).exists():
                continue
            _end(answer, "timeout")
        dispatch.end(answer, early=True)
    return len(late)


def _is_wanted(queue: str) -> bool:
    """Return whether a voter waits for an answer on a queue, or anything else does."""
    try:
        backlog = dispatch.waiting(queue)
    except RedisError:
        return True
    return backlog or any(place == queue for _state, place in live_counts())


@transaction.atomic
def _ask(version: ModelVersion, turn: Turn, now: datetime) -> bool:
    """Store a shadow answer and submit it on commit; False where another process came first."""
    answer, is_new = ShadowAnswer.objects.get_or_create(
        version=version,
        turn=turn,
        defaults={
            "stream": dispatch.STREAM + secrets.token_urlsafe(16),
            "fence": secrets.token_urlsafe(32),
            "asked_at": now,
        },
    )
    if is_new:
        transaction.on_commit(partial(dispatch.begin, answer))
    return is_new


def _end(answer: ShadowAnswer, code: str) -> None:
    answer.state = ShadowState.FAILED if code else ShadowState.ENDED
    answer.code, answer.ended_at = code, timezone.now()
    answer.save(
        update_fields=["state", "code", "ended_at", "text", "tokens", "first_text_ms", "total_ms"]
    )
