"""The admin of model cards, their versions and probes, and of the workers that answer."""

from __future__ import annotations

from arena.onboarding.admin.cards import ModelCardAdmin
from arena.onboarding.admin.versions import VersionInline

__all__ = ["ModelCardAdmin", "VersionInline"]
