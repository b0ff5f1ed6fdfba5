"""Exports that the site publishes by itself; their table is that of data sets."""

from __future__ import annotations

from django.apps import AppConfig


class PublicationsConfig(AppConfig):
    """Exports that the site publishes by itself."""

    name = "arena.publications"
    label = "publications"
