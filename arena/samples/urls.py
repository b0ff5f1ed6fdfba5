"""Addresses of what sample pictures are chosen by."""

from __future__ import annotations

from django.urls import path

from arena.samples import views

app_name = "samples"
urlpatterns = [
    path("samples/random", views.random, name="random"),
    path("battles/<slug:public_id>/prepare", views.prepare, name="prepare"),
    path("battles/<slug:public_id>/next", views.next_battle, name="next"),
]
