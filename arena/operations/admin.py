"""Accounts, as an operator sees them."""

from __future__ import annotations

from typing import Any, ClassVar

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.db.models import ManyToManyField, QuerySet
from django.forms import SelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from arena.core.admin.confirmation import asks_first
from arena.core.admin.keyset_list import LongList, RecentValuesFilter
from arena.core.admin.read_only import ReadOnlyAdmin
from arena.operations.models import AuditEntry, AuditOutcome, AuditResult

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
class AccountAdmin(auth_admin.UserAdmin[User]):
    """Accounts of operators. Those of voters are rows of their own (`arena.accounts`), and open
    nothing here.

    An owner writes accounts and gives them roles; a superuser's account, and rights beside those
    of a role, are written by superusers alone.
    """

    _SUPERUSERS = frozenset({"is_superuser", "user_permissions"})
    # The two lists with arrows between them say nothing to a screen reader, nor do boxes for times.
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        ManyToManyField: {"widget": SelectMultiple(attrs={"size": 12})}
    }

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the account may write accounts."""
        return request.user.has_perm("operations.manage_accounts")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the account may write this one."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return request.user.has_perm("operations.manage_accounts")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether this is a superuser; an owner makes an account inactive instead."""
        return bool(request.user.is_superuser)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, without those that make more of an account than its roles."""
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (title, {**given, "fields": [f for f in given["fields"] if f not in self._SUPERUSERS]})
            for title, given in fieldsets
        ]


@admin.register(Group)
class RoleAdmin(_WrittenBySuperusers, auth_admin.GroupAdmin):
    """Groups with permissions; `manage.py fill_groups` makes four to begin with."""

    filter_horizontal = ()
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        ManyToManyField: {"widget": SelectMultiple(attrs={"size": 20})}
    }


class OutcomeFilter(admin.SimpleListFilter):
    """A filter by how a request ended."""

    title = gettext_lazy("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the outcomes, and one for what has none."""
        known = [(outcome.value, str(outcome.label)) for outcome in AuditOutcome]
        return [*known, ("none", _("cut off"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the entries that ended so."""
        value = self.value()
        if value == "none":
            return queryset.filter(result=None)
        return queryset.filter(result__outcome=value) if value else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(LongList[AuditEntry], ReadOnlyAdmin[AuditEntry]):
    """The log of what operators do: to read, for whoever may; nobody changes it."""

    dated = "at"
    list_display = ("at", "account", "action", "subject", "rows", "outcome", "network")
    list_filter = (("account", RecentValuesFilter), OutcomeFilter)
    list_select_related = ("result",)
    fields = ("at", "account", "action", "subject", "rows", "network", "outcome", "detail")
    readonly_fields = ("outcome", "detail")

    @admin.display(description=gettext_lazy("outcome"))
    def outcome(self, entry: AuditEntry) -> str:
        """Return how it ended, in words."""
        result: AuditResult | None = getattr(entry, "result", None)
        return str(result.get_outcome_display()) if result else _("cut off")

    @admin.display(description=gettext_lazy("what was changed"))
    def detail(self, entry: AuditEntry) -> str:
        """Return the names of what was changed."""
        result: AuditResult | None = getattr(entry, "result", None)
        return (result.detail if result else "") or "-"


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
        description=gettext_lazy("Delete these, so that sign-in can be tried again …"),
        permissions=["unlock"],
    )
    @asks_first(
        title=gettext_lazy("Delete wrong passwords"),
        explanation=gettext_lazy(
            "These lines are deleted for good, and whoever they are about can try to sign in again"
            " at once."
        ),
        button=gettext_lazy("Delete"),
    )
    def unlock(self, request: HttpRequest, attempts: QuerySet[Any]) -> None:
        """Forget failed sign-ins before their time is over."""
        for attempt in attempts:
            self.log_change(request, attempt, f"{attempt.username} {attempt.ip_address}")
        count, _ = attempts.delete()
        text = ngettext("%(n)d line was forgotten.", "%(n)d lines were forgotten.", count)
        self.message_user(request, text % {"n": count})
