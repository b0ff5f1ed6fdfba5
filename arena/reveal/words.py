"""Facts on an answer in words that a visitor uses: size, licence, time, the right answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext
from django_stubs_ext import StrPromise

from arena.catalog.licences import CommercialUse

COMMERCIAL_WORDS: dict[str, StrPromise] = {
    CommercialUse.YES: _("You may use it at work."),
    CommercialUse.CONDITIONS: _("At work only under the licence's own conditions: read it first."),
    CommercialUse.NO: _("Not for use at work."),
    CommercialUse.UNKNOWN: _("Whether you may use it at work is not known."),
}
STEPS: tuple[tuple[int, StrPromise], ...] = (
    (1_000, _("under 1 s")),
    (2_000, _("1 to 2 s")),
    (5_000, _("2 to 5 s")),
    (10_000, _("5 to 10 s")),
    (30_000, _("10 to 30 s")),
)
LONGEST = _("over 30 s")
"""Times are told in steps alone: whoever knew them to the millisecond could tell models apart by
their speed in the next battle."""

_LEADS = re.compile(r"^(?:i count|i see|it is|it says|in the|at the|the text|an?|the)\s+")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {word: number for number, word in enumerate(_NUMBERS)}


@dataclass(frozen=True, slots=True)
class TimeStep:
    """A time as one of a few steps: its words, and its place among them in percent."""

    words: StrPromise
    percent: int


def time_step(milliseconds: int) -> TimeStep:
    """Return the step in which a time lies."""
    steps = len(STEPS) + 1
    for place, (bound, words) in enumerate(STEPS):
        if milliseconds < bound:
            return TimeStep(words, 100 * (place + 1) // steps)
    return TimeStep(LONGEST, 100)


def size_words(parameters: int | None) -> str:
    """Return a number of parameters as people say it, or nothing."""
    if not parameters:
        return ""
    for power, words in (
        (9, pgettext("parameters", "%(count)s billion parameters")),
        (6, pgettext("parameters", "%(count)s million parameters")),
    ):
        if parameters >= 10**power:
            scaled = parameters / 10**power
            digits = 0 if scaled >= 10 else 1
            return words % {"count": number_format(round(scaled, digits), decimal_pos=digits)}
    return ngettext("%(count)s parameter", "%(count)s parameters", parameters) % {
        "count": number_format(parameters, force_grouping=True)
    }


def energy_words(watt_hours: float | None) -> str:
    """Return an energy with two digits that count, or nothing where it is not known."""
    if watt_hours is None:
        return ""
    return f"{number_format(Decimal(f'{watt_hours:.2g}'))}\N{NO-BREAK SPACE}Wh"


def says(answer: str, truth: str) -> bool:
    """Return whether an answer says what is right, as far as plain words tell; False if unsure."""
    key = _plain(truth)
    while (shorter := _LEADS.sub("", key)) != key:
        key = shorter
    return bool(key) and re.search(rf"(?<!\w){re.escape(key)}(?!\w)", _plain(answer)) is not None


def _plain(text: str) -> str:
    words = re.findall(r"\w+", text.casefold().replace("colour", "color"))
    return " ".join(str(_DIGITS.get(word, word)) for word in words)
