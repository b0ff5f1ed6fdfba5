"""Addresses of voters' accounts."""

from __future__ import annotations

from django.urls import path

from arena.accounts import provider_views, views

app_name = "accounts"
urlpatterns = [
    path("mine/account/", views.account, name="account"),
    path("mine/account/password/", views.password, name="password"),
    path("mine/account/delete/", views.delete, name="delete"),
    path("mine/sign-in/", views.sign_in, name="sign_in"),
    path("mine/new-password/<str:token>/", views.new_password, name="new_password"),
    path("mine/sign-out/", views.sign_out, name="sign_out"),
    path("mine/sign-in/provider/", provider_views.begin, name="begin_provider"),
    path("mine/sign-in/provider/callback/", provider_views.finish, name="finish_provider"),
]
