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


class Category(TextChoices):
    """What prompts ask for, as the field tells it apart, and the samples' own families.

    An operator may use others: a label's value is text.
    """

    CAPTIONING = "captioning", _("Captioning")
    OCR = "ocr", _("Reading text")
    COUNTING = "counting", _("Counting")
    DIAGRAM = "diagram", _("Charts and diagrams")
    ENTITY = "entity", _("Recognising things")
    HOMEWORK = "homework", _("Homework")
    HUMOUR = "humour", _("Humour")
    CREATIVE_WRITING = "creative_writing", _("Creative writing")
    CODE = "code", _("Code")
    SHAPES = "shapes", _("Shapes")
    EMOJI = "emoji", _("Emoji")
