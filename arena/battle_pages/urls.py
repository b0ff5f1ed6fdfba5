"""Addresses of the battle."""

from __future__ import annotations

from django.urls import path

from arena.battle_pages import ask_views, gate_views, turn_views, views

app_name = "battles"
urlpatterns = [
    path("", views.new, name="new"),
    path("ask/", ask_views.ask, name="ask"),
    path("battles/", views.start, name="start"),
    path("battles/proof", gate_views.proof, name="proof"),
    path("battles/<slug:public_id>/", views.battle, name="battle"),
    path("battles/<slug:public_id>/image", views.image, name="image"),
    path("battles/<slug:public_id>/images/<str:digest>", views.image, name="images"),
    path("battles/<slug:public_id>/answers/<slug:side>", turn_views.answer, name="answer"),
    path("battles/<slug:public_id>/turns", turn_views.add, name="turns"),
    path("battles/<slug:public_id>/turns/edit", turn_views.edit, name="edit_turn"),
    path("battles/<slug:public_id>/turns/back", turn_views.take_back, name="take_back"),
    path("battles/<slug:public_id>/vote", views.vote, name="vote"),
    path("battles/<slug:public_id>/reveal", views.reveal, name="reveal"),
    path("battles/<slug:public_id>/names", views.names, name="names"),
    path("battles/<slug:public_id>/again", ask_views.again, name="again"),
    path("battles/<slug:public_id>/stop", views.stop, name="stop"),
    path("battles/<slug:public_id>/report", gate_views.report, name="report"),
    path("battles/<slug:public_id>/skip", views.skip, name="skip"),
    path("battles/<slug:public_id>/retry", views.retry, name="retry"),
    path("samples/<str:sample>", views.sample_image, name="sample_image"),
]
