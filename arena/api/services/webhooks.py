"""Telling other sites of changes: signed, to public addresses alone, until they say that they have.

The headers and the signature are those of the Standard Webhooks specification.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.conf import settings
from django.utils import timezone

from arena.api.models import RankingChange, WebhookDelivery
from arena.api.services.announcing import target_of
from arena.core.outgoing import judged_request, outgoing_client
from arena.integrity.selectors.public import models_under_review
from arena.rating.recipes import FIRST_PLACE
from inference_worker.wire.endpoints import ForbiddenEndpoint

log = logging.getLogger(__name__)

EVENT = "ranking.changed"
MOST_ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=10)
"""Each later pause is twice as long, the last one almost three hours."""
TIMEOUT_SECONDS = 5.0
AT_ONCE = 20
"""Deliveries of one run: a site that hangs keeps a process for so many timeouts at the most."""


def deliver_changes(*, now: datetime | None = None) -> int:
    """Try what is due; return how many addresses took it. Holds no lock while it waits for them.

    A delivery is put off before it is tried, so that two processes do not both try it.
    """
    now = now or timezone.now()
    addresses = {target_of(address): address for address in settings.WEBHOOKS}
    due = WebhookDelivery.objects.filter(delivered_at=None, due_at__lte=now)
    rows = due.filter(attempts__lt=MOST_ATTEMPTS, target__in=addresses)
    chosen = list(rows.select_related("change__board", "change__snapshot")[:AT_ONCE])
    taken = 0
    for delivery in chosen:
        pause = FIRST_PAUSE * 2**delivery.attempts
        same = WebhookDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
        claim = bool(
            same.filter(delivered_at=None).update(
                attempts=delivery.attempts + 1, due_at=now + pause
            )
        )
        if claim:
            change = delivery.change
            problem = post_signed(
                addresses[delivery.target], f"change_{change.pk}", event_body(change)
            )
            row = WebhookDelivery.objects.filter(pk=delivery.pk)
            if problem:
                log.warning("a webhook was not taken: %s", problem)
                row.update(problem=problem[:100])
            else:
                row.update(delivered_at=timezone.now(), problem="")
                taken += 1
    return taken


def signed_headers(secret: str, message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows that the body is ours and of when it is."""
    stamp = str(int(moment.timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    key = secret.encode()
    if secret.startswith("whsec_"):
        key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        "content-type": "application/json",
    }


def event_body(change: RankingChange) -> bytes:
    """Return what is told of a change: names and ranks of models, which snapshot says so, on how
    many votes the first place depends, and the models on which an alarm is open."""
    snapshot = change.snapshot
    event: dict[str, Any] = {
        "type": EVENT,
        "timestamp": change.created_at.isoformat(),
        "data": {
            "board": change.board.slug,
            "etag": snapshot.etag,
            "ledger_number": snapshot.ledger_number,
            "generated_at": snapshot.created_at.isoformat(),
            "moves": change.moves,
            "first_place": snapshot.details.get(FIRST_PLACE),
            "under_review": sorted(models_under_review()),
        },
    }
    return json.dumps(event, ensure_ascii=False, sort_keys=True).encode()


def post_signed(address: str, message_id: str, body: bytes) -> str:
    """Return why the address did not take it, without its secrets; empty where it did."""
    headers = signed_headers(settings.WEBHOOK_SECRET, message_id, timezone.now(), body)
    allow = settings.ENDPOINT_ALLOW
    try:
        with outgoing_client(TIMEOUT_SECONDS) as client:
            response = client.send(
                judged_request(client, "POST", address, allow=allow, headers=headers, content=body)
            )
    except ForbiddenEndpoint as error:
        return str(error)
    except httpx.HTTPError as error:
        return type(error).__name__
    return "" if response.is_success else f"status {response.status_code}"
