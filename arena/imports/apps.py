"""The votes of other arenas, brought into the ledger from files."""

from __future__ import annotations

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """The votes of other arenas."""

    name = "arena.imports"
    label = "imports"
