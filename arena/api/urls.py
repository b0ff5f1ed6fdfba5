"""Addresses of the API, version 1."""

from __future__ import annotations

from django.urls import path, re_path

from arena.api import views

urlpatterns = [
    path("", views.not_found),
    path("openapi.json", views.openapi),
    path("", views.api.urls),
    re_path("", views.not_found),
]
