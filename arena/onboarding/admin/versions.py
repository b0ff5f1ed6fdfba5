"""The versions of a card, below it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import TextField
from django.forms import Textarea
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.catalog.models import ModelCard, ModelVersion
from arena.onboarding.forms import NewVersionForm


class VersionInline(admin.StackedInline[ModelVersion, ModelCard]):
    """The list of all versions; a stored one is immutable, a new one can be added below. They are
    shown one below the other, because a table with all fields would be wider than a screen."""

    model = ModelVersion
    form = NewVersionForm
    extra = 0
    fields = (
        *(("source", "backend"), ("revision", "base_url"), "key", "options"),
        *(("probe", "answers"), "probe_note", "learned"),
    )
    readonly_fields = ("probe", "answers", "probe_note", "learned")
    formfield_overrides = {TextField: {"widget": Textarea(attrs={"rows": 3})}}
    ordering = ("-number",)

    @admin.display(description=gettext_lazy("key"), boolean=True)
    def key(self, version: ModelVersion) -> bool:
        """Return whether a stored version has one, for nobody can read it here."""
        return bool(version.sealed_key)

    @admin.display(description=gettext_lazy("answers now"))
    def answers(self, version: ModelVersion) -> str:
        """Say whether voters get this version, with the way to its probe."""
        if not version.pk:
            return "-"
        page = reverse("admin:catalog_probe", args=[version.pk])
        said = _("yes") if version.card.current == version else _("no")
        return format_html('{} (<a href="{}">{}</a>)', said, page, _("its probe"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a change is a new version."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: battles and votes point here."""
        return False
