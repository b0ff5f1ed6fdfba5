"""Django's admin, with the second factor of whoever has turned it on."""

from __future__ import annotations

from typing import Any, cast

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from arena.core.errors import NotFound
from arena.operations import audit, guesses, known_devices, oidc, second_factor


class SignIn(AdminAuthenticationForm):
    """Name, password, and a code from those who have one.

    Which of the three was wrong is never said: a right password that lacks a code would be known.
    """

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _(
            "Name, password or code is wrong. Upper and lower case matter, and a code works only"
            " once."
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
    """Django's admin with what signing in takes, and with the log of what is done in it."""

    login_form = SignIn
    login_template = "admin/sign_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Refuse also a session that began before the second factor was switched on."""
        if not super().has_permission(request):
            return False
        user = cast("Any", request.user)
        if not hasattr(user, "may_pass"):  # asked several times for one page
            user.may_pass = user.is_verified() or not second_factor.is_asked_of(user)
            user.may_pass = user.may_pass or oidc.has_second_factor(request)
        return bool(user.may_pass)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the admin's addresses, with those of signing in by a provider."""
        return [
            path("oidc/", never_cache(self.begin_oidc), name="oidc"),
            path("oidc/callback/", never_cache(self.finish_oidc), name="oidc_callback"),
            *super().get_urls(),
        ]

    def begin_oidc(self, request: HttpRequest) -> HttpResponse:
        """Lead to the provider. Raises NotFound where the settings name none."""
        if not oidc.is_on():
            raise NotFound
        return HttpResponseRedirect(oidc.begin(request))

    def finish_oidc(self, request: HttpRequest) -> HttpResponse:
        """Sign in whoever comes back from the provider. Raises what ``oidc.finish`` raises."""
        if not oidc.is_on():
            raise NotFound
        user, kept = oidc.finish(request), request.session[oidc.SESSION]
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        request.session[oidc.SESSION] = kept
        audit.record_done(request, "signed in by the provider")
        return HttpResponseRedirect(reverse("admin:index"))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Return the view for those who may enter, with an entry in the audit log for each of its
        requests that is not only a look."""
        return super().admin_view(audit.audited(view), cacheable)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Write down who has signed in, and make the browser known; tell who lacks a second factor
        that the role asks for."""
        context = {"provider": settings.OIDC_NAME if oidc.is_on() else "", **(extra_context or {})}
        if request.user.is_authenticated:
            context["lacks_second_factor"] = second_factor.is_lacking(request.user)
        response = super().login(request, context)
        if request.method == "POST" and response.status_code == 302:
            audit.record_done(request, "signed in")
            known_devices.remember_device(request, response, cast(User, request.user))
        return response

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
