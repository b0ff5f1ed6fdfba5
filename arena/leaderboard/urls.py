"""Addresses of the leaderboard."""

from __future__ import annotations

from django.urls import path

from arena.leaderboard import views

app_name = "leaderboard"
urlpatterns = [
    path("leaderboard/", views.board, name="board"),
    path("leaderboard.csv", views.board_csv, name="csv"),
    path("models/<slug:slug>/", views.model, name="model"),
]
