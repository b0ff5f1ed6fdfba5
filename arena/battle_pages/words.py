"""Sentences for the ways in which an answer fails, and words for what samples ask."""

from __future__ import annotations

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from arena.catalog.states import LOST

TASK_WORDS = {
    "count": gettext_noop("Counting things"),
    "colour of shape": gettext_noop("The colour of a shape"),
    "shape of colour": gettext_noop("The shape of a colour"),
    "exists": gettext_noop("Whether something is there"),
    "where": gettext_noop("Where something is"),
    "relation": gettext_noop("Which of two is left of or above the other"),
    "describe shapes": gettext_noop("Describing shapes"),
    "read 1 to 3": gettext_noop("Reading up to three letters"),
    "read 4 to 6": gettext_noop("Reading four to six letters"),
    "text colour": gettext_noop("The colour of a text"),
    "describe text": gettext_noop("Describing a text"),
    "bar extremes": gettext_noop("The tallest and the shortest bar"),
    "number of bars": gettext_noop("Counting bars"),
    "emoji": gettext_noop("Naming an emoji"),
    "emoji side": gettext_noop("Which emoji is on which side"),
}
"""The tasks by which the shipped models were measured; others are shown as their card has them."""


def task_words(task: str) -> str:
    """Return what a task of the shipped models' exam is about, in the language of the page."""
    return _(TASK_WORDS.get(task, task))


def sample_hint(stratum: str) -> str:
    """Return what the English question of a sample is about, for readers of another language;
    empty for those of English, and for a question that is no sample's."""
    task = stratum.rpartition(": ")[0]
    if task not in TASK_WORDS or (get_language() or "en").startswith("en"):
        return ""
    said = _("The question is in English, the one language of these models. It is about: %(task)s.")
    return said % {"task": task_words(task)}


def failure_messages() -> dict[str, str]:
    """The closed set of reasons in words; none of them tells one model from another."""
    return {
        "overloaded": _(
            "Too many answers are waiting right now. Your question is safe; please try again."
        ),
        "timeout": _("This answer took too long. Your question is safe; please try again."),
        "refused": _(
            "That question can't be answered here: it may be too long, or a model declines it."
            " Please change the question."
        ),
        "empty": _("This model had nothing to say. Please try again, or change the question."),
        "unavailable": _(
            "This model can't be reached right now. Your question is safe; please try again."
        ),
        LOST: _(
            "What was answering broke off, and the second try did, too. Your question is safe;"
            " please try again in a moment."
        ),
        "internal": _("Something went wrong on our side. Your question is safe; please try again."),
    }
