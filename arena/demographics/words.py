"""The questions that an arena starts with. None of them is asked until an operator says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True)
class ShippedQuestion:
    """A question, and its answers by slug, in the order in which they are offered."""

    words: str
    answers: Mapping[str, str]


SHIPPED: Mapping[str, ShippedQuestion] = {
    "profession": ShippedQuestion(
        gettext_noop("What do you work in?"),
        {
            "studies": gettext_noop("School or studies"),
            "teaching": gettext_noop("Teaching"),
            "software": gettext_noop("Software and computers"),
            "science": gettext_noop("Science and engineering"),
            "health": gettext_noop("Health and care"),
            "media": gettext_noop("Design, art and media"),
            "office": gettext_noop("Office, trade and administration"),
            "crafts": gettext_noop("Crafts, industry and farming"),
            "other": gettext_noop("Something else"),
        },
    ),
    "expertise": ShippedQuestion(
        gettext_noop("How well do you know language models?"),
        {
            "seldom": gettext_noop("I seldom use them"),
            "often": gettext_noop("I use them often"),
            "building": gettext_noop("I build software with them, or the models themselves"),
        },
    ),
    "language": ShippedQuestion(
        gettext_noop("Which language do you speak best?"),
        {
            "en": gettext_noop("English"),
            "de": gettext_noop("German"),
            "fr": gettext_noop("French"),
            "es": gettext_noop("Spanish"),
            "ar": gettext_noop("Arabic"),
            "zh": gettext_noop("Chinese"),
            "other": gettext_noop("Another language"),
        },
    ),
    "age": ShippedQuestion(
        gettext_noop("How old are you?"),
        {
            "under-30": gettext_noop("Under 30"),
            "30-49": gettext_noop("30 to 49"),
            "50-64": gettext_noop("50 to 64"),
            "65-over": gettext_noop("65 or over"),
        },
    ),
}
