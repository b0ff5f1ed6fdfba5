"""The addresses of invitations."""

from __future__ import annotations

from django.urls import path

from arena.voters import views

app_name = "voters"
urlpatterns = [path("join/<str:token>/", views.join, name="join")]
