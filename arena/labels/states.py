"""The kinds of labels and their sources."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LabelKind(TextChoices):
    """The question about its turn that a label answers."""

    LANGUAGE = "language", _("language")
    CATEGORY = "category", _("category")


class LabelSource(TextChoices):
    """The origin of a label."""

    LIBRARY = "library", _("language library")
    SAMPLE = "sample", _("sample picture")
    RULE = "rule", _("rule")
    OPERATOR = "operator", _("operator")


class PromptCategory(TextChoices):
    """The kinds of tasks that prompts set, as in the field, and the samples' own families.

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
