"""A trial of a version: one real answer by a real worker."""

from __future__ import annotations

import logging
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from arena.catalog import dispatch
from arena.catalog.models import ModelVersion
from arena.catalog.services.health import recover
from arena.catalog.states import Probe
from arena.core.text import tame
from inference_worker.wire.messages import MOST_REASON, Outcome
from inference_worker.wire.texts import writable

log = logging.getLogger(__name__)

REASONS: dict[str, StrPromise] = {
    "overloaded": gettext_lazy("the worker had no room for it"),
    "timeout": gettext_lazy("it took too long to answer"),
    "refused": gettext_lazy("its endpoint refused the request"),
    "empty": gettext_lazy("its answer was empty"),
    "unavailable": gettext_lazy("it couldn't be found, loaded or reached"),
    "internal": gettext_lazy("it broke while answering"),
}
"""What each failure of the closed set means to an operator."""


@transaction.atomic
def start_trial(*, version: ModelVersion) -> None:
    """Try the version. One that passed stays in the draw until its new trial says otherwise."""
    version.tried_at = timezone.now()
    version.probe = Probe.PASSED if version.probe == Probe.PASSED else Probe.RUNNING
    version.probe_note = _("A worker has been asked.")
    version.save(update_fields=["tried_at", "probe", "probe_note"])
    transaction.on_commit(partial(_begin, version))


@transaction.atomic
def finish_trial(outcome: Outcome) -> bool:
    """Store what a trial showed; False for the outcome of an earlier trial or of none."""
    versions = ModelVersion.objects.select_for_update()
    version = versions.filter(pk=dispatch.version_of(outcome)).first()
    if version is None or version.tried_at is None or outcome.status == "lost":
        return False
    if not dispatch.belongs(outcome, dispatch.trial_of(version)):
        return False
    passed = outcome.status == "ended"
    version.probe = Probe.PASSED if passed else Probe.FAILED
    version.probe_note = writable(_answered(outcome) if passed else _failed(outcome))[:500]
    version.revision = version.revision or writable(outcome.revision)[:100]
    version.save(update_fields=["probe", "probe_note", "revision"])
    if passed:
        recover(version)
    return True


def _begin(version: ModelVersion) -> None:
    try:
        dispatch.begin_trial(version)
    except dispatch.BROKEN as error:
        log.warning("trial of %s not submitted: %s", version, type(error).__name__)
        version.probe = Probe.FAILED
        version.probe_note = _("The queue can't be reached; try again once Redis is back.")
        version.save(update_fields=["probe", "probe_note"])


def _answered(outcome: Outcome) -> str:
    seconds = f"{outcome.total_ms / 1000:.1f}"
    return _("Answered in %(seconds)s s on %(worker)s: %(text)s") % {
        "seconds": seconds,
        "worker": outcome.worker,
        "text": outcome.text,
    }


def _failed(outcome: Outcome) -> str:
    said = {
        "reason": REASONS.get(outcome.code, outcome.code),
        "details": _plain(outcome.reason),
        "worker": outcome.worker or _("the worker"),
    }
    if outcome.reason:
        return _("No answer: %(reason)s. %(worker)s says: %(details)s.") % said
    return _("No answer: %(reason)s. The log of %(worker)s says more.") % said


def _plain(reason: str) -> str:
    """A worker's words on one line, without a full stop at their end."""
    return " ".join(tame(reason[:MOST_REASON]).split()).rstrip(".")
