"""Composition root: settings, addresses, entries. It knows every app; no app knows it.

The Celery app is imported here so that a task that is sent from a web process finds its broker.
"""

from __future__ import annotations

from arena.config.celery import app as celery_app

__all__ = ["celery_app"]
