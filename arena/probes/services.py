"""Probes of versions: asked through a real worker, judged here, kept as reports."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from arena.catalog import selectors
from arena.catalog.dispatch import BROKEN, belongs, version_of
from arena.catalog.models import ModelCard, ModelVersion, ProbeReport
from arena.catalog.questions import FIRST
from arena.catalog.services.health import bench_failed, recover
from arena.catalog.services.lifecycle import lock_card, move_card, note_probe, pin_current
from arena.catalog.states import CardState, ChangeReason, ProbeResult
from arena.core.text import strip_unsafe_characters
from arena.probes import dispatch
from arena.probes.causes import explained
from arena.probes.findings import ProbeVerdict, judge
from inference_worker.wire import endpoint_options
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.probes import ProbeOutcome
from inference_worker.wire.texts import writable

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

MOST_ANSWER = 300
"""Characters of an answer in the note, so that what follows it fits."""
PATIENCE = timedelta(seconds=15)
"""A probe on a queue that nobody serves ends after so long."""


@transaction.atomic
def start_probe(*, version: ModelVersion, by: User | None = None) -> None:
    """Probe the version. One that passed keeps its place until its new probe has ended."""
    card = lock_card(version.card)
    if card.state not in (CardState.DRAFT, CardState.PROBING):
        pin_current(card)
    now = timezone.now()
    ProbeReport.objects.filter(version=version, result=ProbeResult.RUNNING).update(
        result=ProbeResult.FAILED, cause="other", details=_("Another probe began."), ended_at=now
    )
    ProbeReport.objects.create(version=version, asked_at=now)
    version.tried_at = now
    if version.probe != ProbeResult.PASSED:
        version.probe = ProbeResult.RUNNING
    version.probe_note = _("A worker has been asked.")
    version.save(update_fields=["tried_at", "probe", "probe_note"])
    if card.state == CardState.DRAFT:
        move_card(card, CardState.PROBING, ChangeReason.PROBE_BEGAN, version=version, by=by)
    transaction.on_commit(partial(submit_probe, version))


def submit_probe(version: ModelVersion) -> None:
    """Send the probe of the version's ``tried_at`` to its queue; one that can't be sent fails."""
    try:
        dispatch.begin_probe(version)
    except BROKEN as error:
        log.warning("probe of %s not submitted: %s", version, type(error).__name__)
        give_up_probe(version=version, cause="queue_unreachable")


@transaction.atomic
def finish_report(outcome: ProbeOutcome) -> bool:
    """Store what a probe showed; False for the outcome of an earlier probe or of none."""
    found = _running(version_of(outcome))
    if found is None or not belongs(outcome, dispatch.probe_of(found.version)):
        return False
    report, verdict = found, judge(outcome)
    stored = outcome.to_json()
    report.outcome = {name: stored[name] for name in stored if name not in ("stream", "fence")}
    report.worker = writable(outcome.worker)[:100]
    version = report.version
    version.revision = version.revision or writable(outcome.revision)[:100]
    version.learned = _options(outcome)
    answers = {answer.name: answer for answer in outcome.answers}
    first = answers.get(FIRST)
    if first is None or verdict.cause not in ("", "blind", "does_not_look"):
        described = explained(verdict.cause or "other", details=_plain(verdict.details))
    else:
        said = {
            "seconds": f"{first.total_ms / 1000:.1f}",
            "worker": outcome.worker,
            "text": Truncator(" ".join(first.text.split())).chars(MOST_ANSWER),
        }
        if verdict.cause:
            described = explained(verdict.cause, details=str(said["text"]))
        else:
            notes = [_("Answered in %(seconds)s s on %(worker)s: %(text)s") % said]
            if first.reasoning_tokens:
                thought = _("It reasoned for %(tokens)d tokens first.")
                notes.append(thought % {"tokens": first.reasoning_tokens})
            if outcome.remark:
                notes.append(_("Look at this: %(remark)s.") % {"remark": _plain(outcome.remark)})
            described = " ".join(notes)
    _end(report, verdict, said=described)
    return True


@transaction.atomic
def give_up_probe(*, version: ModelVersion, cause: FailureCause) -> None:
    """End the probe under way of a version that no worker will end. One that had passed before has
    not failed by this: nobody has asked it."""
    report = _running(version.pk)
    if report is not None:
        verdict = ProbeVerdict(cause, "", [])
        _end(report, verdict, said=explained(cause), asked=False)


def watch_probes() -> int:
    """End the probes whose worker is gone, or that no worker takes; return how many run."""
    running = ProbeReport.objects.filter(result=ProbeResult.RUNNING)
    reports = list(running.select_related("version__card"))
    queues = selectors.served_queues() if reports else None
    for report in reports:
        try:
            version, now = report.version, timezone.now()
            if version.tried_at == report.asked_at:
                if dispatch.progress_of(version) is not None:
                    ProbeReport.objects.filter(pk=report.pk, seen=False).update(seen=True)
                elif report.seen:
                    give_up_probe(version=version, cause="worker_lost")
                else:
                    served = queues is None or version.card.queue in queues
                    patience = (
                        timedelta(seconds=settings.QUEUE_SECONDS) + PATIENCE if served else PATIENCE
                    )
                    if now - report.asked_at > patience:
                        give_up_probe(version=version, cause="no_worker")
        except RedisError as error:
            log.warning("probe of %s not looked after: %s", report.version, type(error).__name__)
    return len(reports)


def _running(version: int) -> ProbeReport | None:
    """Return the report of the probe under way, with card, version and report locked."""
    card = ModelCard.objects.select_for_update(no_key=True).filter(versions=version).first()
    if card is None:
        return None
    locked = card.versions.select_for_update(no_key=True).get(pk=version)
    if locked.tried_at is None:
        return None
    rows = ProbeReport.objects.select_for_update().filter(
        version=locked, asked_at=locked.tried_at, result=ProbeResult.RUNNING
    )
    report = rows.first()
    if report is not None:
        report.version = locked
    return report


def _end(report: ProbeReport, verdict: ProbeVerdict, *, said: str, asked: bool = True) -> None:
    version, failed = report.version, bool(verdict.cause)
    report.result = ProbeResult.FAILED if failed else ProbeResult.PASSED
    report.cause, report.ended_at = verdict.cause, timezone.now()
    report.details = writable(verdict.details)[:500]
    report.checks = [list(finding) for finding in verdict.findings]
    report.save()
    if asked or version.probe != ProbeResult.PASSED:
        version.probe = report.result
    version.probe_note = writable(said)[:500]
    version.save(update_fields=["probe", "probe_note", "revision", "learned"])
    if asked or version.probe == ProbeResult.FAILED:
        note_probe(version)
    if not failed:
        recover(version)
    elif asked:
        bench_failed(version, verdict.cause)


def _options(outcome: ProbeOutcome) -> str:
    try:
        return endpoint_options.parse(outcome.learned).to_json()
    except endpoint_options.MalformedOptions:
        log.warning("%s has learned what are no options", outcome.worker)
        return ""


def _plain(words: str) -> str:
    """A worker's words on one line, without a full stop at their end."""
    return " ".join(strip_unsafe_characters(words).split()).rstrip(".")
