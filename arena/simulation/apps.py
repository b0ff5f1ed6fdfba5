"""Simulated models of known strength, and what the boards make of them."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimulationConfig(AppConfig):
    """Simulated models of known strength, and what the boards make of them."""

    name = "arena.simulation"
    label = "simulation"
    verbose_name = _("Simulation")
    default_auto_field = "django.db.models.BigAutoField"
