"""Accounts, as an operator sees them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

# Whoever sees a device sees its secret; `manage.py second_factor` does all that one needs.
for model in (User, Group, StaticDevice, TOTPDevice):
    admin.site.unregister(model)


class _WrittenBySuperusers(admin.ModelAdmin[Any]):
    """Whoever can write accounts or groups can give himself every right: a permission to do so
    would be that of a superuser under another name."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether this is a superuser."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this is a superuser."""
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this is a superuser."""
        return bool(request.user.is_superuser)


@admin.register(User)
class AccountAdmin(_WrittenBySuperusers, auth_admin.UserAdmin[User]):
    """Accounts of operators. Voters have none."""


@admin.register(Group)
class RoleAdmin(_WrittenBySuperusers, auth_admin.GroupAdmin):
    """Groups with permissions; `manage.py fill_groups` makes three to begin with."""
