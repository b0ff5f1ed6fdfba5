"""The command `demo` and what it starts."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The command `demo` and what it starts."""

    name = "arena.demo"
    label = "demo"
