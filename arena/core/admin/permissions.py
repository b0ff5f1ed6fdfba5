"""The admin's own addresses: each asks for a permission, and some say whose request it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def require_permission(admin: ModelAdmin[Any], view: View, permission: str) -> View:
    """Return the view for the staff who have the permission; the others get 403.

    Being staff opens the admin's front door and nothing behind it.
    """

    @wraps(view)
    def ask(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.admin_site.admin_view(ask)


def operator_of(request: HttpRequest) -> User | None:
    """Return the account that asks, for the history of what it changes."""
    return request.user if isinstance(request.user, User) else None
