"""The address of the page on privacy."""

from __future__ import annotations

from django.urls import path

from arena.privacy import views

app_name = "privacy"
urlpatterns = [path("privacy/", views.privacy, name="page")]
