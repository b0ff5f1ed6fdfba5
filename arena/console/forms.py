"""The forms of the console's own pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, ModerationReview
from arena.boards.selectors import STRATEGY_WORDS
from arena.catalog.models import ModelVersion
from arena.core.errors import Conflict, DomainError
from arena.core.images import PlainPicture, normalise
from arena.orchestration.services import mark_of_review
from arena.privacy.selectors import battles_named


class SamplingForm(forms.Form):
    """A policy, the votes of a day, the wanted width, and the model whose pairs are listed."""

    strategy = forms.ChoiceField(
        label=_("Policy"), choices=[(name, words) for name, words in STRATEGY_WORDS.items()]
    )
    votes_a_day = forms.IntegerField(
        label=_("Votes a day"),
        min_value=0,
        max_value=10_000_000,
        help_text=_("To begin with, those of the last 24 hours."),
    )
    width = forms.FloatField(
        label=_("Wanted width of an interval, in points"), min_value=1.0, max_value=5000.0
    )
    model = forms.ChoiceField(label=_("Pairs of"), required=False)

    def __init__(self, data: Any, *, versions: Iterable[ModelVersion], votes_a_day: int) -> None:
        given = {
            "strategy": settings.DRAW_POLICY,
            "votes_a_day": votes_a_day,
            "width": settings.INTERVAL_GOAL,
            "model": "",
        }
        super().__init__({**given, **{k: v for k, v in data.items() if k in given and v != ""}})
        cards = [version.card for version in versions]
        models = sorted((card.slug, card.name) for card in cards if not card.unlisted)
        field = cast(forms.ChoiceField, self.fields["model"])
        field.choices = [("", _("all models, the likeliest pairs")), *models]


class ErasureForm(forms.Form):
    """The addresses or ids of battles whose content is to be erased."""

    addresses = forms.CharField(
        label=_("Addresses or ids of battles"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_(
            "Paste what you were sent, one battle a line. The address of a public page will do."
            " Other words are passed over."
        ),
    )

    def clean_addresses(self) -> list[Battle]:
        """Return the battles. Raises ValidationError where none is named."""
        battles = battles_named(self.cleaned_data["addresses"])
        if not battles:
            raise forms.ValidationError(_("No battle of this arena is named there."))
        return battles


class ReviewForm(forms.ModelForm[ModerationReview]):
    """A moderator's decision; waiting once more takes the last one back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("For your colleagues and for the log; it is not published."),
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    """A mark of what the moderator's page showed: a decision on anything else is none."""

    class Meta:
        model = ModerationReview
        fields = ("state",)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["seen"].initial = mark_of_review(self.instance)

    def clean(self) -> dict[str, Any]:
        """Return what was decided. Raises ValidationError where there is something else to decide
        on, of the form as a whole: nobody sees an error of a hidden field."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("seen") != self.fields["seen"].initial:
            raise forms.ValidationError(Conflict.message)
        return given


class TrialForm(forms.Form):
    """A text, a picture, or both, to see what the gates would say."""

    text = forms.CharField(
        label=_("Text"), required=False, widget=forms.Textarea, max_length=20_000
    )
    picture = forms.FileField(label=_("Picture"), required=False)
    account_hours = forms.IntegerField(
        label=_("Age of the voter's account in hours"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Empty: a voter without an account."),
    )

    def content(self) -> dict[str, Any]:
        """Return the text, the picture as models would get it, and the age of the account."""
        return {name: self.cleaned_data[name] for name in ("text", "picture", "account_hours")}

    def clean_picture(self) -> PlainPicture | None:
        """Return the picture made safe. Raises ValidationError for what is none."""
        upload = self.cleaned_data["picture"]
        try:
            return normalise(upload.read()) if upload else None
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error

    def clean(self) -> dict[str, Any]:
        """Return what was given. Raises ValidationError where there is nothing."""
        given: dict[str, Any] = super().clean() or {}
        if not given.get("text") and not given.get("picture") and not self.errors:
            raise forms.ValidationError(_("Please give a text, a picture, or both."))
        return given
