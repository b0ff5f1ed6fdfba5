"""Django's admin, with the second factor of whoever has turned it on."""

from __future__ import annotations

from typing import Any, cast

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from arena.catalog import selectors as catalog
from arena.operations import guesses, second_factor


class SignIn(AdminAuthenticationForm):
    """Name, password, and a code from those who have one.

    Which of the three was wrong is never said: a right password that lacks a code would be known.
    """

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _(
            "Name, password or code is wrong. Capital letters count, and a code opens once."
        ),
    }
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=16,
        help_text=_("Only if you have turned on the second factor."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError in the same words for whatever is wrong."""
        cleaned: dict[str, Any] = super().clean()
        user = cast("Any", self.get_user())
        if user is not None and second_factor.is_on(user):
            device = second_factor.device_of(user, cleaned.get("code", "").strip())
            if device is None:
                raise self.get_invalid_login_error()
            user.otp_device = device  # what signs in takes it over into the session
        return cleaned


class OperatorSite(AdminSite):
    """The one admin of the arena."""

    login_form = SignIn
    login_template = "admin/sign_in.html"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """With the models that are not drawn now, for those who may see the list of models."""
        context = dict(extra_context or {})
        if cast(User, request.user).has_perm("catalog.view_modelcard"):
            context["absences"] = catalog.absences(catalog.active_versions())
        return super().index(request, context)

    def has_permission(self, request: HttpRequest) -> bool:
        """Also stops a session that began before the second factor was turned on."""
        if not super().has_permission(request):
            return False
        user = cast("Any", request.user)
        if not hasattr(user, "may_pass"):  # asked several times for one page
            user.may_pass = user.is_verified() or not second_factor.is_on(cast(User, user))
        return bool(user.may_pass)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Count what is given as the old password: a session that was left open is no way to guess
        it."""
        user = cast(User, request.user)
        if request.method != "POST":
            return super().password_change(request, extra_context)
        if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
            return guesses.refusal(request)
        response = cast("Any", super().password_change(request, extra_context))
        if (
            response.status_code == 302
            or "old_password" not in response.context_data["form"].errors
        ):
            guesses.forget(request, user)
        return response
