"""Accounts, as an operator sees them."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from arena.core.readonly import ReadOnlyAdmin

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


@admin.register(AccessAttempt)
class GuessAdmin(ReadOnlyAdmin[Any]):
    """Passwords that were tried lately and were wrong, by name and address."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    fields = list_display
    actions = ("unlock",)

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may let somebody try again at once."""
        return request.user.has_perm("axes.delete_accessattempt")

    @admin.action(
        description=gettext_lazy("Forget these, so that one may try again"), permissions=["unlock"]
    )
    def unlock(self, request: HttpRequest, attempts: QuerySet[Any]) -> None:
        """Before its time has come."""
        for attempt in attempts:
            self.log_change(request, attempt, f"{attempt.username} {attempt.ip_address}")
        count, _ = attempts.delete()
        text = ngettext("%(n)d line was forgotten.", "%(n)d lines were forgotten.", count)
        self.message_user(request, text % {"n": count})
