"""Addresses of the boards, of models and of the methodology."""

from __future__ import annotations

from django.urls import path

from arena.leaderboard import views

app_name = "leaderboard"
urlpatterns = [
    path("leaderboard/", views.board, name="board"),
    path("leaderboard.csv", views.board_csv, name="csv"),
    path("leaderboard/<slug:slug>/", views.board, name="board"),
    path("leaderboard/<slug:slug>.csv", views.board_csv, name="csv"),
    path("leaderboard/<slug:slug>/matrices/", views.matrices, name="matrices"),
    path("leaderboard/<slug:slug>/history/", views.history, name="history"),
    path("leaderboard/<slug:slug>/size-and-cost/", views.size_and_cost, name="size_and_cost"),
    path("changes/", views.changes, name="changes"),
    path("models/<slug:slug>/", views.model, name="model"),
    path("correctness/", views.correctness, name="correctness"),
    path("benchmarks/", views.benchmarks, name="benchmarks"),
    path("methodology/", views.methodology, name="methodology"),
]
