"""A date and a time in a form of the admin, each with a name that a screen reader says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db import models


class LabelledDateTime(AdminSplitDateTime):
    """Django's widget writes "Date:" and "Time:" beside its fields without tying them to these."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the context in which each of the two fields has its label."""
        context = super().get_context(name, value, attrs)
        labels = (context["date_label"], context["time_label"])
        for part, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            part["attrs"]["aria-label"] = str(label).rstrip(":")
        return context


LABELLED_DATE_TIMES: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": LabelledDateTime}
}
"""What an admin says in ``formfield_overrides``."""
