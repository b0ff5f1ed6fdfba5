"""The page of the workers, beside the cards."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from arena.catalog import selectors
from arena.catalog.models import ModelCard
from inference_worker.wire import manifests


def workers_page(admin: ModelAdmin[ModelCard], request: HttpRequest) -> HttpResponse:
    """Show the workers that reported within the last seconds, and what they have loaded."""
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Workers"),
        "opts": admin.opts,
        "backends": manifests.every(),
    }
    try:
        context["absences"] = selectors.absences(selectors.active_versions(unlisted=True))
        context["workers"] = [
            (worker, datetime.fromtimestamp(worker.since, UTC)) for worker in selectors.workers()
        ]
    except RedisError:
        messages.error(request, _("Redis can't be reached."))
    return TemplateResponse(request, "admin/catalog/workers.html", context)
