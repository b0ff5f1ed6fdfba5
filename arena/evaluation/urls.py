"""Addresses of the endpoint for evaluators."""

from __future__ import annotations

from django.urls import path, re_path

from arena.evaluation import views

urlpatterns = [
    path("chat/completions", views.chat_completions, name="chat-completions"),
    path("models", views.model_list, name="chat-models"),
    path("models/<str:slug>", views.model_detail),
    re_path("", views.not_found),
]
