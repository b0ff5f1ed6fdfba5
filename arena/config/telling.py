"""The settings that say to whom, and how often, changes of rankings and alarms are told."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from arena.config.env import env

__all__ = [
    "ALARM_BACKUP_HOURS",
    "ALARM_MAIL",
    "ALARM_PAUSE_SECONDS",
    "ALARM_REPEAT_SECONDS",
    "ALARM_WEBHOOKS",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_HOST",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_HOST_USER",
    "EMAIL_PORT",
    "EMAIL_TIMEOUT",
    "EMAIL_USE_SSL",
    "EMAIL_USE_TLS",
    "RANKING_CHANGE_SECONDS",
    "WEBHOOKS",
    "WEBHOOK_SECRET",
]

RANKING_CHANGE_SECONDS = env.decimal("ARENA_RANKING_CHANGE_SECONDS", 600.0, least=0.0)
"""Changes of a board's ranking are told at most this often, in the feed and by webhooks."""
WEBHOOKS = env.listing("ARENA_WEBHOOKS")
"""Addresses that are told of changes of rankings; a private one has to be in ENDPOINT_ALLOW."""
WEBHOOK_SECRET = env.token("ARENA_WEBHOOK_SECRET")
"""Signs what they are told."""
if WEBHOOKS and not WEBHOOK_SECRET:
    env.unreadable["ARENA_WEBHOOKS"] = "needs ARENA_WEBHOOK_SECRET, which signs what is sent"

ALARM_MAIL = env.listing("ARENA_ALARM_MAIL")
"""Mail addresses that are told of alarms."""
ALARM_WEBHOOKS = env.listing("ARENA_ALARM_WEBHOOKS")
"""Addresses that are told of alarms; a private one has to be in ENDPOINT_ALLOW."""
ALARM_PAUSE_SECONDS = env.decimal("ARENA_ALARM_PAUSE_SECONDS", 300.0, least=0.0)
"""A receiver gets at most one message in this time; what happens meanwhile comes together."""
ALARM_REPEAT_SECONDS = env.decimal("ARENA_ALARM_REPEAT_SECONDS", 14_400.0, least=60.0)
"""An alarm that is still open is told again after this time."""
ALARM_BACKUP_HOURS = env.decimal("ARENA_ALARM_BACKUP_HOURS", 0.0, least=0.0)
"""There is an alarm where the last backup is older; with 0 only a backup that failed is one."""
if ALARM_WEBHOOKS and not WEBHOOK_SECRET:
    env.unreadable["ARENA_ALARM_WEBHOOKS"] = "needs ARENA_WEBHOOK_SECRET, which signs what is sent"

_mail = urlsplit(env.url("ARENA_MAIL_URL", "", ("smtp", "smtp+tls", "smtps")))
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or {"smtp": 25, "smtps": 465}.get(_mail.scheme, 587)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("ARENA_MAIL_FROM", "vision-arena@localhost")
"""The sender of every mail."""
if ALARM_MAIL and not EMAIL_HOST:
    env.unreadable["ARENA_ALARM_MAIL"] = "needs ARENA_MAIL_URL, the server that sends the mail"
