"""Admin pages that an operator may read and not change."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

M = TypeVar("M", bound=Model)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """Lists and pages without a way to add, change or delete."""

    actions: Any = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: nobody may add a row here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: nobody may change a row here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: nobody may delete a row here."""
        return False
