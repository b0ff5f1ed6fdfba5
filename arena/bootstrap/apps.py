"""The environment that `manage.py` makes, and the command `test`."""

from __future__ import annotations

from django.apps import AppConfig


class BootstrapConfig(AppConfig):
    """The environment that `manage.py` makes, and the command `test`."""

    name = "arena.bootstrap"
    label = "bootstrap"
