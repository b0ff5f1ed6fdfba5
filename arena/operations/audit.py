"""The log of what operators do. Each request that may change something is written down before it is
let through, and how it ended after it, so that no way of changing something is forgotten.

No value that was typed into a form is written down: a key of an endpoint, a password or a prompt
can't get here. What stands here are names of fields, of actions and of rows.
"""

from __future__ import annotations

import getpass
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from arena.core.web.network import network_bucket
from arena.operations.models import AuditEntry, AuditOutcome, AuditResult

log = logging.getLogger(__name__)

SAFE = ("GET", "HEAD", "OPTIONS")
MOST_ROWS = 200
"""Keys of rows that an entry names; of more it says how many there are."""
MOST_DETAIL = 2000
COMMAND_LINE = "command line"

View = Callable[..., HttpResponseBase]


def audited(view: View) -> View:
    """Return the view with an entry for each of its requests that is not only a look."""

    @wraps(view)
    def written_down(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in SAFE:
            return view(request, *args, **kwargs)
        began, entry = timezone.now(), record_request(request)
        try:
            response = view(request, *args, **kwargs)
        except Exception as error:
            is_refusal = (
                getattr(error, "status", 500) < 500 or type(error).__name__ == "PermissionDenied"
            )
            outcome = AuditOutcome.REFUSED if is_refusal else AuditOutcome.FAILED
            AuditResult.objects.create(entry=entry, outcome=outcome, detail=type(error).__name__)
            raise
        outcome = outcome_of(response)
        detail = ""
        if outcome == AuditOutcome.DONE:
            made = LogEntry.objects.filter(user=request.user.pk, action_time__gte=began)
            lines = {
                f"{row.object_repr}: {row.get_change_message()}" for row in made.order_by("pk")[:20]
            }
            detail = "; ".join(sorted(lines))[:MOST_DETAIL]
        AuditResult.objects.create(entry=entry, outcome=outcome, detail=detail)
        return response

    return written_down


def record_request(request: HttpRequest, *, action: str = "") -> AuditEntry:
    """Store who asks for what, on which rows and from where."""
    match = request.resolver_match
    name = match.url_name if match else ""
    subject, rows = _rows(request, (match.kwargs if match else {}).get("object_id", ""))
    chosen = request.POST.get("action", "")
    return AuditEntry.objects.create(
        account=(request.user.get_username() or "?")[:150],
        action=action or (f"{name}: {chosen}" if chosen else name or "?")[:100],
        subject=subject,
        rows=rows,
        network=network_bucket(request),
    )


def record_done(request: HttpRequest, action: str) -> None:
    """Store what has just been done in a request."""
    entry = record_request(request, action=action)
    AuditResult.objects.create(entry=entry, outcome=AuditOutcome.DONE)


def record_command(action: str, rows: str = "") -> None:
    """Store what was done on a command line, which has no account but that of the machine."""
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        person = "?"
    entry = AuditEntry.objects.create(
        account=f"{COMMAND_LINE}: {person}"[:150], action=action[:100], rows=rows
    )
    AuditResult.objects.create(entry=entry, outcome=AuditOutcome.DONE)


def outcome_of(response: HttpResponseBase) -> AuditOutcome:
    """Return how a request ended, by its answer: a form that is shown again has changed nothing,
    and a redirection is what follows a change."""
    if response.status_code in (401, 403, 404, 405, 429):
        return AuditOutcome.REFUSED
    if response.status_code >= 400:
        return AuditOutcome.FAILED
    is_page = hasattr(response, "template_name")
    return AuditOutcome.UNCHANGED if is_page else AuditOutcome.DONE


def _rows(request: HttpRequest, key: str) -> tuple[str, str]:
    """Return the kind of row that the address is about, and the keys that were chosen."""
    parts = request.path.strip("/").split("/")
    subject = ".".join(parts[1:3]) if len(parts) > 2 else ""
    keys = request.POST.getlist(ACTION_CHECKBOX_NAME) or ([key] if key else [])
    if request.POST.get("select_across") == "1":
        return subject, f"all that the list shows: {request.META.get('QUERY_STRING', '')}"[:500]
    named = ", ".join(str(key)[:40] for key in keys[:MOST_ROWS])
    left = len(keys) - MOST_ROWS
    return subject, f"{named} and {left} more" if left > 0 else named
