"""All HTTP addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

urlpatterns = [
    path("", include("arena.battles.urls")),
    path("", include("arena.leaderboard.urls")),
    path("api/v1/", include("arena.api.urls")),
    path("about/", TemplateView.as_view(template_name="about.html"), name="about"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = "arena.core.error_pages.bad_request"
handler403 = "arena.core.error_pages.permission_denied"
handler404 = "arena.core.error_pages.page_not_found"
handler500 = "arena.core.error_pages.server_error"
