"""The work of an operator on a command line: upgrade, look after, save, restore; and signing in."""

from __future__ import annotations

from axes import apps as axes
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    """The work of an operator on a command line: upgrade, look after, save, restore."""

    name = "arena.operations"
    label = "operations"
    default = True


class GuessesConfig(axes.AppConfig):  # type: ignore[misc]  # the library has no types
    """django-axes, under a name that says what stands there."""

    default = False
    verbose_name = _("Sign-in")


class AppDevicesConfig(AppConfig):
    """The second factors of django-otp that are apps, under a name that says what stands there."""

    default = False
    name = "django_otp.plugins.otp_totp"
    default_auto_field = "django.db.models.AutoField"
    verbose_name = _("Sign-in devices")


class PaperDevicesConfig(AppConfig):
    """The second factors of django-otp that are on paper, under the same name."""

    default = False
    name = "django_otp.plugins.otp_static"
    default_auto_field = "django.db.models.AutoField"
    verbose_name = _("Sign-in devices")
