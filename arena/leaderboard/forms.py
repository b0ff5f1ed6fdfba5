"""What an operator says of a board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from arena.labels.forms import category_field, language_field
from arena.leaderboard import selectors
from arena.leaderboard.models import Board
from arena.leaderboard.selectors import OVERALL, Tally
from arena.leaderboard.services.recipes import Recipe
from arena.leaderboard.services.trying import Unusable, parameters_in_words, try_out
from arena.rating.methods import available

PREVIEW = "_preview"
"""Name of the button that counts the votes and stores nothing."""
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Held:
    """What a filter holds, and how many votes a model needs for a number."""

    tally: Tally
    least: int

    def __str__(self) -> str:
        counts = self.tally.counts
        votes = ngettext("%(n)d vote", "%(n)d votes", counts.total) % {"n": counts.total}
        return _("%(votes)s now; %(enough)d of %(models)d models have at least %(least)d.") % {
            "votes": votes,
            "enough": int((counts.votes >= self.least).sum()),
            "models": len(self.tally.slugs),
            "least": self.least,
        }


class BoardForm(forms.ModelForm[Board]):
    """A filter, a method with its parameters, and a place on the site."""

    category = category_field(_("Count only votes on prompts of this kind. Empty: every kind."))
    language = language_field(_("Count only votes on prompts in this language. Empty: any."))
    days = forms.IntegerField(
        label=_("Last days"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("Count only votes of so many days, today being the last. Empty: all."),
    )
    method = forms.ChoiceField(
        label=_("Method"),
        choices=lambda: [(name, name) for name in available()],
        initial="bradley_terry",
        help_text=_("The methodology page says what each one does."),
    )

    class Meta:
        model = Board
        fields = (
            "name",
            "slug",
            "category",
            "language",
            "days",
            "without_presets",
            "method",
            "parameters",
            "by_voter",
            "seed",
            "position",
            "active",
        )
        help_texts = {
            "slug": _("Stands in addresses; never changes."),
            "without_presets": _("Leave out votes on the site's own sample pictures."),
            "by_voter": _("Intervals that know that one voter's votes are alike. Slower."),
            "seed": _("Starts the random numbers of the method. The same seed, the same board."),
            "position": _("Boards stand in this order, small numbers first."),
            "active": _(
                "A board that is switched off is neither computed nor shown. One with snapshots "
                "can't be deleted, because those are kept for good: switch it off instead."
            ),
        }
        widgets = {"parameters": forms.Textarea(attrs={"rows": 2, "cols": 60})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held: Held | None = None
        if "parameters" not in self.fields:  # who may only look gets a form without any
            return
        lines = format_html_join("", "<br>{}", ([line] for line in parameters_in_words()))
        self.fields["parameters"].help_text = _(
            'As JSON, for instance {"min_votes": 300}; {} takes the defaults. All methods take '
            "min_votes; bradley_terry on a filter takes pooled. Of their own:"
        ) + str(lines)

    def is_valid(self) -> bool:
        """A preview is never stored."""
        return super().is_valid() and PREVIEW not in self.data

    def clean(self) -> dict[str, Any]:
        """Tries the method out, and counts the votes."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            board = Board(**{"slug": self.instance.slug, **cleaned})
            recipe = Recipe.of_board(board, datetime.now(UTC).date())
            if board.slug == OVERALL and not (board.active and recipe.filter.takes_all):
                raise ValidationError(
                    _("The overall board counts every vote and stays on. Add another board.")
                )
            self._try_out(recipe)
            self.held = Held(selectors.tally(recipe.filter), recipe.parameters["min_votes"])
        return cleaned

    def clean_parameters(self) -> dict[str, Any]:
        """An object, not a number or a list."""
        parameters = self.cleaned_data["parameters"]
        if not isinstance(parameters or {}, dict):
            raise ValidationError(_('Write an object, as in {"min_votes": 300}.'))
        return parameters or {}

    def _try_out(self, recipe: Recipe) -> None:
        try:
            try_out(recipe)
        except Unusable as error:
            raise ValidationError({"parameters": str(error.message)}) from error
