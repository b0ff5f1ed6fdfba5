"""The operator's rooms: the first page, sampling preview, a battle on one page."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    """The app of the operator's pages."""

    name = "arena.console"
    label = "console"
    verbose_name = _("Console")
    default = True


class ConsoleAdminConfig(admin.AdminConfig):
    """Django's admin on the arena's own site."""

    default = False
    default_site = "arena.console.admin_site.ConsoleSite"
