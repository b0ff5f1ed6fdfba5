"""The public address of integrity."""

from __future__ import annotations

from django.urls import path

from arena.integrity import views

app_name = "integrity"
urlpatterns = [path("integrity/", views.integrity_ledger, name="ledger")]
