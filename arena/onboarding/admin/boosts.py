"""How often a card is drawn, in its column and its form, and the widgets of that form."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import TextField
from django.forms import Textarea
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.catalog.models import ModelCard
from arena.core.admin.labelled_date_time import LABELLED_DATE_TIMES

BOOST = ("boost", "boost_until")
"""The fields of a boost; a card that is being added has none yet, since nothing draws it."""

WIDGETS = {**LABELLED_DATE_TIMES, TextField: {"widget": Textarea(attrs={"rows": 3})}}
"""The ``formfield_overrides`` of a card's form."""


@admin.display(description=gettext_lazy("draw weight"), ordering="weight")
def drawn_weight(card: ModelCard) -> str:
    """Return the weight, with a boost that is in force and its end."""
    until = card.boost_until
    if until is None or not card.is_boosted:
        return str(card.weight)
    facts = {
        "weight": card.weight,
        "boost": f"{card.boost:g}",
        "until": date_format(until, "SHORT_DATETIME_FORMAT"),
    }
    return _("%(weight)s × %(boost)s until %(until)s") % facts
