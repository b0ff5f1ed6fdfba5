"""The course of a battle from question to vote; its tables are those of battles."""

from __future__ import annotations

from django.apps import AppConfig


class OrchestrationConfig(AppConfig):
    """The course of a battle from question to vote."""

    name = "arena.orchestration"
    label = "orchestration"
