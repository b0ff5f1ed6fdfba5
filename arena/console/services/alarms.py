"""Alarms: what needs attention is found, remembered, and told to those who should hear of it.

A receiver is the mailbox or one address of a webhook. It gets at most one message in
``ALARM_PAUSE_SECONDS``; what happens meanwhile comes together in the next one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from arena.console.models import Alarm, AlarmReceipt
from arena.console.selectors.attention import AttentionNote, every_note
from arena.console.services.alarm_messages import AlarmMessage, mail, post
from arena.core.locks import single_flight

log = logging.getLogger(__name__)

LOCK = "arena.console.alarms"
PATIENCE = timedelta(seconds=60)
"""Nobody is told of what is over within this time, as when a worker starts again."""

Teller = Callable[[AlarmMessage], str]


def note_alarms(notes: Iterable[AttentionNote], now: datetime) -> None:
    """Open an alarm for each note that has none, and close those without a note."""
    found = {note.key[:200]: note for note in notes}
    stored = {alarm.key: alarm for alarm in Alarm.objects.select_for_update()}
    for key, note in found.items():
        alarm = stored.get(key) or Alarm(key=key, opened_at=now)
        if alarm.closed_at is not None:
            alarm.opened_at, alarm.closed_at = now, None
        said = note.text[:500], note.url[:200]
        if alarm.opened_at == now or (alarm.text, alarm.url) != said:
            alarm.text, alarm.url = said
            alarm.save()
    over = [key for key, alarm in stored.items() if key not in found and alarm.closed_at is None]
    Alarm.objects.filter(key__in=over).update(closed_at=now)


def tell_alarms(*, now: datetime | None = None) -> int:
    """Find what needs attention and tell each receiver what is due; return how many took it.

    A message counts as told before it is sent, so that of two processes one sends it; where a
    receiver does not take it, what it was told before holds again. Nothing is locked meanwhile.
    """
    now, told = now or timezone.now(), 0
    receivers: dict[str, Teller] = {"mail": mail} if settings.ALARM_MAIL else {}
    for address in settings.ALARM_WEBHOOKS:
        receiver = hashlib.sha256(address.encode()).hexdigest()
        receivers[receiver] = partial(post, address)
    with translation.override(settings.LANGUAGE_CODE):
        notes = every_note()
        with single_flight(LOCK) as alone:
            if not alone:
                return 0
            note_alarms(notes, now)
            due = {name: _claim(name, now) for name in receivers}
        for name, tell in receivers.items():
            message, before = due[name]
            problem = tell(message) if message else ""
            if problem:
                log.warning("an alarm was not taken: %s", problem)
                for alarm in message.alarms:
                    was = before.get(alarm.pk)
                    rows = AlarmReceipt.objects.filter(receiver=name, alarm=alarm)
                    if was is None:
                        rows.delete()
                    else:
                        rows.update(told_at=was.told_at, is_open=was.is_open)
            told += bool(message and not problem)
    return told


def try_receivers(*, now: datetime | None = None) -> dict[str, str]:
    """Send a trial message to every receiver; return why each did not take it, empty where it did,
    by its name or the host of its address."""
    now = now or timezone.now()
    with translation.override(settings.LANGUAGE_CODE):
        text = _("This is a trial. Nothing needs attention.")
        message = AlarmMessage(now, [Alarm(key="trial", text=text, opened_at=now)])
        found = {"mail": mail(message)} if settings.ALARM_MAIL else {}
        for address in settings.ALARM_WEBHOOKS:
            found[urlsplit(address).netloc.rpartition("@")[2]] = post(address, message)
    return found


def _claim(receiver: str, now: datetime) -> tuple[AlarmMessage, dict[int, AlarmReceipt]]:
    """Return what a receiver is to be told now, noted as told, and its receipts from before."""
    before = {one.alarm_id: one for one in AlarmReceipt.objects.filter(receiver=receiver)}
    last = max((one.told_at for one in before.values()), default=None)
    message = AlarmMessage(now)
    if last is not None and now - last < timedelta(seconds=settings.ALARM_PAUSE_SECONDS):
        return message, before
    for alarm in Alarm.objects.order_by("opened_at", "pk"):
        receipt = before.get(alarm.pk)
        if alarm.closed_at is not None:
            is_due = receipt is not None and receipt.is_open
        elif receipt is None or not receipt.is_open:
            is_due = now - alarm.opened_at >= PATIENCE
        else:
            is_due = now - receipt.told_at >= timedelta(seconds=settings.ALARM_REPEAT_SECONDS)
        if is_due:
            message.add(alarm)
            AlarmReceipt.objects.update_or_create(
                alarm=alarm,
                receiver=receiver,
                defaults={"told_at": now, "is_open": alarm.closed_at is None},
            )
    return message, before
