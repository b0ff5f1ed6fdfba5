"""What an operator does on a command line: upgrade, look after, save, restore; and signing in."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class OperationsConfig(AppConfig):
    """What an operator does on a command line: upgrade, look after, save, restore."""

    name = "arena.operations"
    label = "operations"
    default = True


class OperatorAdminConfig(admin.AdminConfig):
    """Django's admin on the arena's own site."""

    default = False
    default_site = "arena.operations.admin_site.OperatorSite"
