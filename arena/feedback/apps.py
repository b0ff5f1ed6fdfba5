"""The app that keeps what voters add to a vote: reasons, and whether an answer was right."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedbackConfig(AppConfig):
    """The app that keeps what voters add to a vote: reasons, and whether an answer was right."""

    name = "arena.feedback"
    label = "feedback"
    verbose_name = _("Reasons and correctness")
    default_auto_field = "django.db.models.BigAutoField"
