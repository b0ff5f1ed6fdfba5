"""Addresses of the battle."""

from __future__ import annotations

from django.urls import path

from arena.battles import views

app_name = "battles"
urlpatterns = [
    path("", views.new, name="new"),
    path("battles/", views.start, name="start"),
    path("battles/<slug:public_id>/", views.battle, name="battle"),
    path("battles/<slug:public_id>/image", views.image, name="image"),
    path("battles/<slug:public_id>/vote", views.vote, name="vote"),
    path("battles/<slug:public_id>/reveal", views.reveal, name="reveal"),
    path("battles/<slug:public_id>/again", views.new, name="again"),
    path("battles/<slug:public_id>/stop", views.stop, name="stop"),
    path("battles/<slug:public_id>/skip", views.skip, name="skip"),
    path("battles/<slug:public_id>/retry", views.retry, name="retry"),
    path("samples/random", views.sample, name="sample"),
    path("samples/<str:sample>", views.sample_image, name="sample_image"),
]
