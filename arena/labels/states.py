"""What is labelled, and who said so."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a label tells about its turn."""

    LANGUAGE = "language", _("language")
    CATEGORY = "category", _("category")


class Source(TextChoices):
    """Who said so."""

    LIBRARY = "library", _("language library")
    SAMPLE = "sample", _("sample picture")
    RULE = "rule", _("rule")
    OPERATOR = "operator", _("operator")
