"""A circuit breaker for each version, which takes it out of the draw and brings it back.

Battles report how their answers ended, and too many failures open the breaker. While it is open, a
check asks the version the question of a probe, first after a minute, then at growing intervals;
one answer closes it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from arena.catalog import dispatch, selectors
from arena.catalog.models import ModelVersion, VersionHealth
from arena.catalog.questions import names_red
from arena.catalog.services.lifecycle import record_change
from arena.catalog.states import (
    ANSWERED,
    FIRST_DELAY,
    LISTED,
    LONGEST_DELAY,
    MARKS,
    WINDOW,
    ChangeReason,
    HealthState,
    OutReason,
    is_doubtful,
    reason_to_leave,
)
from inference_worker.wire.leases import AttemptSlot
from inference_worker.wire.messages import GenerationOutcome

log = logging.getLogger(__name__)

CALM = timedelta(hours=1)
"""A version that stayed in the draw for so long begins with the first delay again."""
_BENCHED = {
    OutReason.ROW: ChangeReason.BENCHED_ROW,
    OutReason.SHARE: ChangeReason.BENCHED_SHARE,
    OutReason.CHECK: ChangeReason.BENCHED_CHECK,
}
DOUBT_DELAY = timedelta(minutes=5)
"""A version in the draw is checked at most so often, whatever voters ask it."""


@transaction.atomic(savepoint=False)
def record_end(*, version: ModelVersion, code: str = "") -> None:
    """Count how an answer ended: ``code`` is one of ``states.MARKS``, empty for one that ended
    well. Takes the version out of the draw where that was one failure too many."""
    mark = MARKS[code]
    marked = VersionHealth.objects.filter(version=version).exclude(marks="")
    if mark == ANSWERED and not marked.exists():
        return
    health = _locked(version)
    health.marks = (health.marks + mark)[-WINDOW:].lstrip(ANSWERED)
    if mark != ANSWERED:
        health.failures += 1
        health.code = code
    if health.state != HealthState.OUT:
        judge_version(health)
    health.save()


def start_checks() -> int:
    """Ask the versions whose check is due, and look after those that gave no answer in time;
    returns how many there were. Nothing is asked on a queue that nobody serves."""
    queues = selectors.served_queues()
    if queues is None:
        return 0
    few = len(selectors.available(selectors.active_versions())) < 2
    due = selectors.checks_due(timezone.now(), FIRST_DELAY if few else None)
    due = due.filter(version__card__queue__in=queues)
    for health in due:
        # Redis is asked outside the transaction: one that hangs must not hold a lock.
        try:
            slot = dispatch.observe_check(health) if health.asked_at else None
        except RedisError as error:
            log.warning("check of %s not looked after: %s", health.version, type(error).__name__)
        else:
            _go_on(health, slot)
    return len(due)


@transaction.atomic
def finish_check(outcome: GenerationOutcome) -> bool:
    """Store what a check showed; False for the outcome of an earlier check or of none."""
    version = ModelVersion.objects.filter(pk=dispatch.version_of(outcome)).first()
    health = _locked(version) if version is not None else None
    if health is None or health.asked_at is None or outcome.status == "lost":
        return False
    if not dispatch.belongs(outcome, dispatch.check_of(health)):
        return False
    code: str = outcome.code or "internal"
    if outcome.status == "ended":
        code = "" if names_red(outcome.text) else "blind"
    _settle(health, code)
    return True


def recover(version: ModelVersion) -> None:
    """Let a version be drawn again whose probe an operator has just seen pass. The caller's
    transaction holds."""
    if VersionHealth.objects.filter(version=version).exists():
        _settle(_locked(version), "")


def bench_failed(version: ModelVersion, cause: str) -> None:
    """Take a version that answers for voters out of the draw, whose probe has just failed; a check
    brings it back. The caller's transaction holds."""
    if version.card.state in LISTED and version.card.current == version:
        health = _locked(version)
        if health.state != HealthState.OUT:
            health.code = cause[:20]
            _take_out(health, OutReason.CHECK, timezone.now())
            health.save()


def _locked(version: ModelVersion) -> VersionHealth:
    VersionHealth.objects.get_or_create(version=version)
    rows = VersionHealth.objects.select_for_update(of=("self",)).select_related("version__card")
    return rows.get(version=version)


def judge_version(health: VersionHealth) -> None:
    """Decide about a version in the draw whose last answer has just been counted."""
    now, reason = timezone.now(), reason_to_leave(health.marks)
    if reason is not None:
        _take_out(health, reason, now)
    elif (
        health.state == HealthState.WELL
        and is_doubtful(health.marks)
        and (health.checked_at is None or now - health.checked_at > DOUBT_DELAY)
    ):
        health.state, health.check_at = HealthState.DOUBTED, now


def _take_out(health: VersionHealth, reason: OutReason, now: datetime) -> None:
    if health.since is not None and now - health.since > CALM:
        health.delays = 0
    health.state, health.reason, health.since = HealthState.OUT, reason, now
    health.asked_at, health.checked_at = None, now
    _postpone(health, now)
    log.error(
        "%s is out of the draw: %s, the last one %s; next check at %s",
        *(health.version, reason.label, health.code, health.check_at),
    )
    record_change(health.version.card, _BENCHED[reason], version=health.version)


def _postpone(health: VersionHealth, now: datetime) -> None:
    delay = FIRST_DELAY * 2 ** min(health.delays, 10)
    health.check_at = now + min(delay, LONGEST_DELAY)
    health.delays = min(health.delays + 1, 100)


@transaction.atomic
def _go_on(found: VersionHealth, slot: AttemptSlot | None) -> None:
    """Begin or continue a due probe. A second process finds that nothing is due any more."""
    health, now = _locked(found.version), timezone.now()
    if (health.check_at, health.asked_at) != (found.check_at, found.asked_at):
        return
    if slot is None or not slot.state:
        patience = timedelta(seconds=settings.QUEUE_SECONDS + settings.ANSWER_SECONDS)
        health.asked_at, health.check_at = now, now + patience
        health.save()
        transaction.on_commit(partial(_begin, health))
    elif slot.state == "done":
        _settle(health, "" if slot.status == "ended" else slot.code or "internal")
    elif slot.state == "claimed" and not slot.leased:
        _settle(health, "unavailable")  # it took its worker with it
    else:
        health.check_at = now + FIRST_DELAY
        health.save()


def _begin(health: VersionHealth) -> None:
    try:
        dispatch.begin_check(health)
    except dispatch.BROKEN as error:
        log.warning("check of %s not submitted: %s", health.version, type(error).__name__)
        asked = VersionHealth.objects.filter(pk=health.pk, asked_at=health.asked_at)
        asked.update(asked_at=None, check_at=health.asked_at)


def _settle(health: VersionHealth, code: str) -> None:
    """End a check: it failed with a code, or it is passed."""
    now = timezone.now()
    health.asked_at, health.checked_at = None, now
    if code:
        health.code = code
        if health.state == HealthState.OUT:
            _postpone(health, now)
        else:
            _take_out(health, OutReason.CHECK, now)
    else:
        if health.state == HealthState.OUT:
            log.warning("%s is back in the draw", health.version)
            health.since = now
            record_change(health.version.card, ChangeReason.RETURNED, version=health.version)
        health.state, health.reason, health.marks, health.check_at = HealthState.WELL, "", "", None
    health.save()
