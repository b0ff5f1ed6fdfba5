"""The forms of a voter's account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

_MOST = 128
"""Characters of a password; a hash of a longer one costs the same and says no more."""


def _name_field(help_text: Any = "") -> forms.CharField:
    readable = RegexValidator(r"^[\w.@+-]+\Z", _("Letters, digits and . @ + - _ alone, please."))
    return forms.CharField(
        label=_("Name"),
        help_text=help_text,
        min_length=3,
        max_length=40,
        validators=[readable],
        widget=forms.TextInput(
            attrs={
                "class": "field",
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


def _password_field(label: Any, kind: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"class": "field", "autocomplete": kind})
    return forms.CharField(label=label, max_length=_MOST, strip=False, widget=widget)


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    password = _password_field(_("New password"), "new-password")
    again = _password_field(_("New password, once more"), "new-password")

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a password that is too weak, or for two that differ."""
        cleaned = super().clean() or {}
        password, again = cleaned.get("password"), cleaned.get("again")
        if password:
            try:
                validate_password(password)
            except ValidationError as error:
                self.add_error("password", error)
        if password and again and password != again:
            self.add_error("again", _("The two passwords differ."))
        return cleaned


class NewAccountForm(NewPasswordForm):
    """A name, and a password twice."""

    name = _name_field(_("3 to 40 letters, digits and . @ + - _"))
    field_order = ("name", "password", "again")


class ChangePasswordForm(NewPasswordForm):
    """The current password, and a new one twice."""

    old = _password_field(_("Current password"), "current-password")
    field_order = ("old", "password", "again")


class SignInForm(forms.Form):
    """Name and password, and the word that this browser's own battles may be left."""

    name = _name_field()
    password = _password_field(_("Password"), "current-password")
    leave = forms.BooleanField(required=False)


class DeleteAccountForm(forms.Form):
    """The current password; an account of a provider has none."""

    old = _password_field(_("Current password"), "current-password")
