"""Pages of the admin that ask before an action, and boxes that suggest without insisting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

CONFIRMED = "confirmed"
"""Name of the button that carries the action out."""
SHOWN = 20


def answers(request: HttpRequest) -> Any:
    """What fills the form of an action: nothing until its own page was sent."""
    return request.POST if CONFIRMED in request.POST else None


def ask(
    request: HttpRequest,
    admin: ModelAdmin[Any],
    rows: QuerySet[Any],
    form: forms.Form,
    words: dict[str, Any],
    *,
    named: Callable[[Any], str] = str,
) -> TemplateResponse:
    """The page before the action of that name in the request. ``words``: title, explanation (a
    list of sentences) and button; ``named`` tells what is selected."""
    context = {
        **admin.admin_site.each_context(request),
        **words,
        "opts": admin.opts,
        "form": form,
        "media": admin.media,
        "action": request.POST["action"],
        "across": request.POST.get("select_across", "0"),
        "count": rows.count(),
        "shown": [named(row) for row in rows[:SHOWN]],
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
        "confirmed": CONFIRMED,
    }
    return TemplateResponse(request, "admin/ask.html", context)


class Suggesting(forms.TextInput):
    """A text box with values to choose from, which takes any other, too."""

    def __init__(self, choices: Callable[[], Iterable[tuple[str, str]]]) -> None:
        super().__init__()
        self._choices = choices

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """The box and its list."""
        listed = f"{name}-choices"
        box = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        options = format_html_join(
            "", '<option value="{}" label="{}"></option>', list(self._choices())
        )
        return format_html('{}<datalist id="{}">{}</datalist>', box, listed, options)
