"""Refusals of the gates: no room, no proof of work, nothing confirmed, a content not taken."""

from __future__ import annotations

import logging
from typing import Literal, get_args

from django.utils.translation import gettext_lazy as _
from prometheus_client import Counter

from arena.core.errors import DomainError, Unavailable

log = logging.getLogger(__name__)

RETRY_SECONDS = {"line": 20, "redis": 30, "disk": 60, "bytes": 60}

Reason = Literal["line", "redis", "disk", "bytes"]

no_room = Counter(
    "arena_no_room",
    "Requests that were refused with 503 because the site is full.",
    ["reason"],
    registry=None,
)
for _reason in get_args(Reason):
    no_room.labels(_reason)  # a rate has to see the first refusal, too


class NoRoom(Unavailable):
    """The site as a whole is full. ``reason`` is for the log: visitors hear when to come back."""

    code = "no_room"
    message = _(
        "The arena is full right now, so nothing was started. What you wrote is still here; please"
        " send it again in a little while."
    )

    def __init__(self, reason: Reason, *, retry_after: int = 0) -> None:
        super().__init__()
        self.reason = reason
        self.retry_after = retry_after or RETRY_SECONDS[reason]
        no_room.labels(reason).inc()
        log.warning("a battle was refused: no room (%s)", reason)


class ProofNeeded(DomainError):
    """Much is asked for right now, so a browser is asked for some work before a battle begins.

    The page does it by itself; ``retry_after`` is for those whose browser runs no scripts.
    """

    status = 428
    code = "proof_needed"
    message = _(
        "A lot is being asked here right now, so each browser does a small sum first. Yours can't"
        " without scripts: please switch them on, or come back in a few minutes."
    )

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class NotConfirmed(DomainError):
    """Age or terms, which this arena asks for before the first battle, were not confirmed."""

    status = 403
    code = "not_confirmed"
    message = _(
        "Before your first battle, please tick what has to be confirmed, below your question."
        " Nothing was sent."
    )


class NotAllowed(DomainError):
    """The picture or the prompt is of a kind that this arena does not take."""

    status = 422
    code = "not_allowed"
    message = _(
        "This picture or question is of a kind that this arena does not take. Nothing was stored;"
        " please try another one."
    )
