"""The tag by which a page holds a sentence in every plural form, for a script that counts."""

from __future__ import annotations

from django import template

register = template.Library()

PLURAL_FORMS = (("zero", 0), ("one", 1), ("two", 2), ("few", 3), ("many", 11), ("other", 100))
"""The names that browsers give to plural forms, each with a number that has this form wherever
a language has it. English never asks for "few", so what it would say there does not matter."""


@register.simple_tag
def plural_forms() -> tuple[tuple[str, int], ...]:
    """Return each plural form with a number that takes it."""
    return PLURAL_FORMS
