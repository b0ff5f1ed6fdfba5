"""The life of a shadow answer."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ShadowState(TextChoices):
    """The state of a shadow answer."""

    ASKED = "asked", _("asked")
    ENDED = "ended", _("answered")
    FAILED = "failed", _("failed")
