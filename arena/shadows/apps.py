"""Shadow answers: what a version on trial says to questions that voters have asked."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShadowsConfig(AppConfig):
    """Shadow answers of versions on trial."""

    name = "arena.shadows"
    label = "shadows"
    verbose_name = _("Shadow answers")
    default_auto_field = "django.db.models.BigAutoField"
