"""The ways by which a model comes into the catalogue, whose tables it writes to."""

from __future__ import annotations

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """The ways by which a model comes into the catalogue."""

    name = "arena.onboarding"
    label = "onboarding"
