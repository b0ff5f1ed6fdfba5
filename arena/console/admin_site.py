"""The one admin of the arena: what an operator sees first, and where everything else stands."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _

from arena.console import navigation, views
from arena.console.selectors.dashboard import dashboard
from arena.operations.admin_site import OperatorSite


class ConsoleSite(OperatorSite):
    """Django's admin with a first page of its own, and with sections in words for people."""

    enable_nav_sidebar = False
    index_template = "admin/console/index.html"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page gets, with the sections that this account may enter."""
        context = super().each_context(request)
        home = reverse("admin:index", current_app=self.name)
        context["home"] = home
        if context["has_permission"]:
            user = cast(User, request.user)
            context["sections"] = navigation.sections(user, context["available_apps"])
        return context

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Return the dashboard; each part is for those who may see what it is made of."""
        user = cast(User, request.user)
        context = {"title": _("Dashboard"), "dashboard": dashboard(user)}
        return super().index(request, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the admin's addresses, with those of the console's own pages."""
        return [
            path("sampling/", self.admin_view(views.sampling), name="console_sampling"),
            path("invited/", self.admin_view(views.invited), name="console_invited"),
            path("erasure/", self.admin_view(views.erasure), name="console_erasure"),
            path("gates/", self.admin_view(views.trial), name="console_trial"),
            path(
                "battles/battle/<int:object_id>/blur/",
                self.admin_view(views.blur),
                name="console_blur",
            ),
            path(
                "battles/battle/<int:object_id>/blurred",
                self.admin_view(views.blurred),
                name="console_blurred",
            ),
            *super().get_urls(),
        ]
