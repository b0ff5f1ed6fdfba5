"""Probes of model versions; their tables are the catalogue's."""

from __future__ import annotations

from django.apps import AppConfig


class ProbesConfig(AppConfig):
    """Probes of model versions."""

    name = "arena.probes"
    label = "probes"
