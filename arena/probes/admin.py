"""The addresses of probes, which the admin of cards takes among its own."""

from __future__ import annotations

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, path

from arena.catalog.models import ModelCard
from arena.core.admin.permissions import View, require_permission
from arena.probes import views


def probe_urls(owner: ModelAdmin[ModelCard]) -> list[URLPattern]:
    """Return the addresses of probes. Reading one needs the right to see versions; probing, and
    choosing the version that answers, have rights of their own."""
    see, probe = "catalog.view_modelversion", "catalog.try_modelcard"
    switch = "catalog.switch_modelcard"
    pages: dict[str, tuple[View, str, str]] = {
        "probe/<int:version>/": (views.probe_report, see, "probe"),
        "probe/<int:version>/progress/": (views.probe_progress, see, "probe_progress"),
        "probe/picture/<slug:name>/": (views.probe_picture, see, "probe_picture"),
        "probe/<int:version>/again/": (views.probe_again, probe, "probe_again"),
        "probe/<int:version>/answers/": (views.answer_with, switch, "answer_with"),
        "probe/<int:version>/activate/": (views.activate, switch, "activate"),
    }
    return [
        path(route, require_permission(owner, view, right), name=f"catalog_{name}")
        for route, (view, right, name) in pages.items()
    ]
