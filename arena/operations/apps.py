"""What an operator does on a command line: upgrade, look after, save, restore; and signing in."""

from __future__ import annotations

from axes import apps as axes
from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    """What an operator does on a command line: upgrade, look after, save, restore."""

    name = "arena.operations"
    label = "operations"
    default = True


class OperatorAdminConfig(admin.AdminConfig):
    """Django's admin on the arena's own site."""

    default = False
    default_site = "arena.operations.admin_site.OperatorSite"


class GuessesConfig(axes.AppConfig):  # type: ignore[misc]  # the library has no types
    """django-axes, under a name that says what stands there."""

    default = False
    verbose_name = _("Sign-in")
