"""Addresses of one's own battles."""

from __future__ import annotations

from django.urls import path

from arena.mine import views

app_name = "mine"
urlpatterns = [
    path("mine/", views.battles, name="battles"),
    path("mine/about/", views.about, name="about"),
    path("mine/change/", views.change, name="change"),
    path("mine/vote/", views.change_vote, name="change_vote"),
    path("mine/export/", views.export, name="export"),
    path("mine/transfer/", views.transfer, name="transfer"),
    path("mine/transfer/enter/", views.enter, name="enter"),
]
