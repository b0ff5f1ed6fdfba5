"""The app that keeps benchmark scores beside the votes."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BenchmarksConfig(AppConfig):
    """The app that keeps benchmark scores beside the votes."""

    name = "arena.benchmarks"
    label = "benchmarks"
    verbose_name = _("Benchmarks")
    default_auto_field = "django.db.models.BigAutoField"
