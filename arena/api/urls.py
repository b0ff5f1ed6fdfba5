"""Addresses of the API, version 1."""

from __future__ import annotations

from django.urls import path, re_path

from arena.api import views

urlpatterns = [
    path("", views.not_found),
    path("openapi.json", views.openapi, name="api-openapi"),
    path("docs", views.documentation, name="api-docs"),
    re_path(r"^(?P<rest>[^.]+)\.(?P<suffix>json|csv|parquet)$", views.suffixed),
    path("", views.addresses()),
    re_path("", views.not_found),
]
