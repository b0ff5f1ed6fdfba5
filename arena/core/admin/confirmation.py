"""Pages of the admin that ask before an action, and boxes that suggest without insisting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django_stubs_ext import StrOrPromise

CONFIRMED = "confirmed"
"""Name of the button that carries the action out."""
SHOWN = 20

AdminAction = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def answers(request: HttpRequest) -> Any:
    """Return the data for the form of an action: None until its own page was sent."""
    return request.POST if CONFIRMED in request.POST else None


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the page that asks was sent."""
    return CONFIRMED in request.POST


def ask(
    request: HttpRequest,
    site: AdminSite,
    rows: QuerySet[Any],
    words: dict[str, Any],
    *,
    form: forms.Form | None = None,
    named: Callable[[Any], str] = str,
    back: tuple[str, StrOrPromise] | None = None,
) -> TemplateResponse:
    """Return the page that asks before what was posted is done to the rows.

    The page sends what was posted once more, with the fields of the form, and ``is_confirmed`` is
    true then. ``words``: title, explanation (a list of sentences) and button; ``named`` tells what
    is chosen; ``back`` is the page that asked, with its name, the list of the rows unless given.
    """
    opts = rows.model._meta
    if back is None:
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        back = address, capfirst(opts.verbose_name_plural)
    own = {"csrfmiddlewaretoken", CONFIRMED, *(form.fields if form else ())}
    context = {
        **site.each_context(request),
        **words,
        "opts": opts,
        "form": form,
        "back": back,
        "count": rows.count(),
        "shown": [named(row) for row in rows[:SHOWN]],
        "posted": [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in own
        ],
        "confirmed": CONFIRMED,
    }
    return TemplateResponse(request, "admin/ask.html", context)


def asks_first(
    *, title: StrOrPromise, explanation: StrOrPromise, button: StrOrPromise
) -> Callable[[AdminAction], AdminAction]:
    """Return a decorator of an action that can't be taken back: a page says in one sentence what
    will happen, and to which rows, and the action runs once that page was sent."""
    words = {"title": title, "explanation": [explanation], "button": button}

    def decorated(action: AdminAction) -> AdminAction:
        @wraps(action)
        def asking(admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            if is_confirmed(request):
                return action(admin, request, rows)
            return ask(request, admin.admin_site, rows, words)

        return asking

    return decorated


class DatalistInput(forms.TextInput):
    """The text box that suggests values and takes any other, too."""

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
