"""What a receiver of alarms is sent, and the two ways in which it is."""

from __future__ import annotations

import json
import smtplib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.api.services.webhooks import post_signed
from arena.console.models import Alarm

EVENT = "alarm.changed"
MOST_LINES = 50


@dataclass(slots=True)
class AlarmMessage:
    """The alarms that are open, and those that are over, in one message."""

    at: datetime
    alarms: list[Alarm] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.alarms)

    @property
    def open(self) -> list[Alarm]:
        """Return those that are open."""
        return [alarm for alarm in self.alarms if alarm.closed_at is None]

    @property
    def over(self) -> list[Alarm]:
        """Return those that are over."""
        return [alarm for alarm in self.alarms if alarm.closed_at is not None]

    def add(self, alarm: Alarm) -> None:
        """Take one more alarm into the message."""
        self.alarms.append(alarm)


def mail(message: AlarmMessage) -> str:
    """Return why the mail server did not take it, without its secrets; empty where it did."""
    found = message.open
    if len(found) == 1:
        subject = f"Vision Arena: {found[0].text}"[:150].replace("\n", " ")
    elif not found:
        subject = _("Vision Arena: over: %(text)s") % {"text": message.over[0].text[:100]}
    else:
        counted = ngettext("%(n)d thing needs attention", "%(n)d things need attention", len(found))
        subject = f"Vision Arena: {counted % {'n': len(found)}}"
    mail = EmailMessage(subject, _text(message), to=settings.ALARM_MAIL)
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        return type(error).__name__
    return ""


def post(address: str, message: AlarmMessage) -> str:
    """Return why the address did not take it, without its secrets; empty where it did."""
    event: dict[str, Any] = {
        "type": EVENT,
        "timestamp": message.at.isoformat(),
        "data": {"open": _rows(message.open), "over": _rows(message.over), "text": _text(message)},
    }
    body = json.dumps(event, ensure_ascii=False, sort_keys=True).encode()
    return post_signed(address, f"alarm_{int(message.at.timestamp() * 1000)}", body)


def _rows(alarms: list[Alarm]) -> list[dict[str, str]]:
    return [
        {"key": alarm.key, "text": alarm.text, "since": alarm.opened_at.isoformat()}
        for alarm in alarms[:MOST_LINES]
    ]


def _text(message: AlarmMessage) -> str:
    parts = []
    for title, alarms in ((_("Needs attention"), message.open), (_("Over"), message.over)):
        lines = [f"- {alarm.text} ({alarm.opened_at:%Y-%m-%d %H:%M} UTC)" for alarm in alarms]
        if lines:
            parts.append("\n".join([f"{title}:", *lines[:MOST_LINES]]))
    return "\n\n".join(parts) + "\n"
