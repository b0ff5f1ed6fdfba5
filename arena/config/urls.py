"""The list of all HTTP addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from arena.core.web import offline

urlpatterns = [
    # First, because programs ask there most often and each pattern before costs every one of them.
    path("api/v1/", include("arena.api.urls")),
    path("v1/", include("arena.evaluation.urls")),
    path("", include("arena.samples.urls")),
    path("", include("arena.battle_pages.urls")),
    path("", include("arena.reveal.urls")),
    path("", include("arena.leaderboard.urls")),
    path("", include("arena.integrity.urls")),
    path("", include("arena.voters.urls")),
    path("", include("arena.privacy.urls")),
    path("", include("arena.mine.urls")),
    path("", include("arena.accounts.urls")),
    path("about/", TemplateView.as_view(template_name="about.html"), name="about"),
    path("offline/", offline.offline_page, name="offline"),
    path("receive/", offline.received, name="received"),
    path("service-worker.js", offline.service_worker, name="service_worker"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = "arena.core.web.error_pages.bad_request"
handler403 = "arena.core.web.error_pages.permission_denied"
handler404 = "arena.core.web.error_pages.page_not_found"
handler500 = "arena.core.web.error_pages.server_error"
