"""The admin's form for a board."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from arena.boards.models import Board
from arena.boards.selectors import OVERALL
from arena.boards.services.groups import STEP, answers_of, people_ready
from arena.boards.services.recipes import BoardRecipe
from arena.boards.services.validation import UnusableBoard, try_out
from arena.demographics.disclosure import LEAST_PEOPLE
from arena.demographics.models import SurveyQuestion
from arena.demographics.selectors import shares_of
from arena.labels.forms import category_field, language_field
from arena.ledger.selectors.tallies import VoteTally
from arena.ledger.services import tallies
from arena.rating.methods import DEFAULT_METHOD, available_methods, load_method, pooling_of
from arena.rating.recipes import POPULATION, RATES

PREVIEW = "_preview"
"""Name of the button that counts the votes and stores nothing."""
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class FilterCount:
    """The votes that a filter holds, and how many a model needs for a number."""

    tally: VoteTally
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


@dataclass(frozen=True, slots=True)
class GroupCount:
    """The people of the smallest group that a board speaks for."""

    people: int

    def __str__(self) -> str:
        if self.people < LEAST_PEOPLE:
            words = _("Fewer than %(least)d people gave the answer: nothing is shown before that.")
            return words % {"least": LEAST_PEOPLE}
        said = _("At least %(people)d people gave the answer; each needs a vote to be counted.")
        return said % {"people": self.people // STEP * STEP}


def method_title(name: str) -> str:
    """Return the method's title in the reader's language, with the name that boards store."""
    return f"{gettext(load_method(name).DESCRIPTION.title)} ({name})"


def parameters_in_words() -> str:
    """Return what to write as parameters: a line for each option of each method."""
    options = [
        (name, option)
        for name in available_methods()
        for told in [load_method(name).DESCRIPTION]
        for option in (*told.options, *told.pooled_options)
    ]
    lines = (
        (name, option.name, json.dumps(option.default), gettext(option.summary))
        for name, option in options
    )
    pooled = ", ".join(name for name in available_methods() if pooling_of(name))
    about = gettext(
        'As JSON, for instance {"min_votes": 300}; {} takes the defaults. All methods take '
        "min_votes; on a filter these take pooled: %(methods)s. Of their own:"
    )
    return about % {"methods": pooled} + format_html_join("", "<br>{}: {} ({}), {}", lines)


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
        choices=lambda: [(name, method_title(name)) for name in available_methods()],
        initial=DEFAULT_METHOD,
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
            "group",
            "population",
            "method",
            "parameters",
            "rates",
            "by_voter",
            "seed",
            "position",
            "active",
        )
        help_texts = {
            "slug": _("Part of addresses; never changes."),
            "rates": _(
                "A new version of a model starts with no votes, or goes on with those of the "
                "model. With models, snapshots of earlier releases are continued."
            ),
            "without_presets": _("Leave out votes on the site's own sample pictures."),
            "group": _(
                "Speak for those alone who said this of themselves. Takes no other filter; "
                "nothing is shown of fewer than ten people."
            ),
            "population": _(
                "Weight the votes by the shares that this question states. Takes no other filter."
            ),
            "by_voter": _(
                "Intervals take into account that votes of one voter are similar. Slower."
            ),
            "seed": _(
                "Start value of the method's random numbers. The same seed gives the same board."
            ),
            "position": _("Boards are shown in this order, small numbers first."),
            "active": _(
                "A board that is switched off is neither computed nor shown. One with snapshots "
                "can't be deleted, because those are kept for good: switch it off instead."
            ),
        }
        widgets = {"parameters": forms.Textarea(attrs={"rows": 2, "cols": 60})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held: FilterCount | GroupCount | None = None
        if "parameters" not in self.fields:  # who may only look gets a form without any
            return
        self.fields["parameters"].help_text = parameters_in_words()

    def is_valid(self) -> bool:
        """Return whether the form can be stored; a preview never is."""
        return super().is_valid() and PREVIEW not in self.data

    def clean(self) -> dict[str, Any]:
        """Try the method out, and count the votes."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            board = Board(**{"slug": self.instance.slug, **cleaned})
            if board.speaks_for:
                if board.group_id and board.population_id:
                    raise ValidationError(
                        _("A board speaks for a group or for a population, not for both.")
                    )
                same = Board.objects.filter(group=board.group, population=board.population)
                if same.exclude(slug=board.slug).exists():
                    raise ValidationError(_("There is a board for these people already."))
                if (
                    board.category
                    or board.language
                    or board.days
                    or board.without_presets
                    or board.source
                ):
                    raise ValidationError(
                        _("A board by what voters said of themselves takes no other filter.")
                    )
            recipe = BoardRecipe.of_board(board, datetime.now(UTC).date())
            if board.slug == OVERALL and not (board.active and recipe.filter.takes_all):
                raise ValidationError(
                    _("The overall board counts every vote and stays on. Add another board.")
                )
            try:
                try_out(recipe)
            except UnusableBoard as error:
                raise ValidationError({"parameters": str(error.message)}) from error
            self.held = held_by(recipe)
        return cleaned

    def clean_population(self) -> SurveyQuestion | None:
        """Return the question. Raise ValidationError where it states no population."""
        question: SurveyQuestion | None = self.cleaned_data["population"]
        if question is not None and not shares_of(question.slug):
            raise ValidationError(_("State the share of each of its answers first."))
        if question is not None and not question.population.strip():
            said = _("Say on that question's page first whom the shares are of, and their source.")
            raise ValidationError(said)
        return question

    def clean_parameters(self) -> dict[str, Any]:
        """Return the parameters. Raise ValidationError for what is no object."""
        parameters = self.cleaned_data["parameters"]
        if not isinstance(parameters or {}, dict):
            raise ValidationError(_('Write an object, as in {"min_votes": 300}.'))
        if RATES in (parameters or {}):
            raise ValidationError(_("What the board rates is chosen in its own field."))
        return parameters or {}


def held_by(recipe: BoardRecipe) -> FilterCount | GroupCount:
    """Return the votes that a filter holds, or the people where it is one of voters."""
    if recipe.filter.group:
        answers = answers_of(recipe.filter.group, recipe.parameters.get(POPULATION))
        return GroupCount(people_ready(recipe.filter.group, answers))
    counted = tallies.tally(recipe.filter, recipe.rated)
    return FilterCount(counted, recipe.parameters["min_votes"])
