"""Addresses of what follows a vote."""

from __future__ import annotations

from django.urls import path

from arena.reveal import views

app_name = "reveal"
urlpatterns = [
    path("battles/<slug:public_id>/facts", views.facts, name="facts"),
    path("battles/<slug:public_id>/withdraw", views.withdraw, name="withdraw"),
    path("battles/<slug:public_id>/reinstate", views.reinstate, name="reinstate"),
    path("battles/<slug:public_id>/reasons", views.reasons, name="reasons"),
    path("battles/<slug:public_id>/share", views.share, name="share"),
    path("battles/<slug:public_id>/unshare", views.unshare, name="unshare"),
    path("battles/<slug:public_id>/blur/", views.blur, name="blur_first"),
    path("battles/<slug:public_id>/blur/<str:digest>/", views.blur, name="blur"),
    path(
        "battles/<slug:public_id>/blur/<str:digest>/shown",
        views.blurred_picture,
        name="blurred_picture",
    ),
    path("shared/<str:token>/", views.shared, name="shared"),
    path("shared/<str:token>/report", views.report_shared, name="report_shared"),
    path("shared/<str:token>/images/<int:place>", views.shared_image, name="shared_image"),
    path("shared/<str:token>/preview.png", views.shared_preview, name="shared_preview"),
    path("battles/<slug:public_id>/correctness", views.correctness, name="correctness"),
]
