"""The two commands, `demo` and `test`."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The two commands, `demo` and `test`."""

    name = "arena.demo"
    label = "demo"
