"""The texts of the shipped models' cards in the reader's language.

A card holds its texts as they were typed. Those of a shipped model come from its ``arena.json``, in
English and with the figures of its own exam, so they are translated sentence by sentence, with
places for the figures. What an operator has typed stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext, gettext_noop

SENTENCES: Final = frozenset(
    {
        gettext_noop(
            "Sees drawn pictures only: shapes, colours, counts, positions, one line of up to six"
            " capitals or digits, bar charts and {0} emoji."
        ),
        gettext_noop(
            "It does not know photographs, faces, documents or screenshots and answers about them"
            " wrongly and with confidence."
        ),
        gettext_noop(
            "Only the largest of these models know which of two things is left of or above the"
            " other; to the rest it is a guess."
        ),
        gettext_noop("English, short answers."),
        gettext_noop(
            "In a conversation it answers {0} of second questions and {1} of third ones rightly; of"
            " questions about one of two pictures {2}."
        ),
        gettext_noop("It was not trained to keep up a conversation."),
        gettext_noop("It does not point at things."),
        gettext_noop("It marks where a shape is with a box that overlaps it by {0}."),
        gettext_noop(
            "Stopped half way through its training: sees colours, shapes and places well, slips on"
            " counts and longer texts."
        ),
        gettext_noop(
            "Heron M after a quarter of its training: it has just learned which of two things is"
            " left of or above the other, and still slips elsewhere."
        ),
        gettext_noop(
            "Heron M after further training: it marks where a shape is with a box and keeps up a"
            " conversation about one picture or two, and counts and describes a little less well."
        ),
        gettext_noop(
            "The strongest and largest of the demo models: reads, counts and finds things in drawn"
            " pictures, and knows which of two things is left of or above the other."
        ),
        gettext_noop(
            "Reads, counts and finds things in drawn pictures; only what is left of what it does"
            " not know."
        ),
        gettext_noop(
            "The smallest and quickest: good at colours, charts, emoji and short texts, often wrong"
            " about where things are."
        ),
        gettext_noop(
            "As large as Heron S, but trained on answers for a few minutes only: it sees more than"
            " it can say."
        ),
    }
)
BETWEEN = re.compile(r"((?<=[.!?])\s+|(?<=[。！？])\s*)")
FIGURE = re.compile(r"\d+(?:\.\d+)?(?: %)?")


def in_readers_language(text: str) -> str:
    """Return the text with the sentences that shipped models have translated, the others as they
    are."""
    said = []
    for sentence in BETWEEN.split(text):
        pattern = sentence_pattern(sentence)
        known = pattern in SENTENCES
        said.append(gettext(pattern).format(*FIGURE.findall(sentence)) if known else sentence)
    return "".join(said)


def first_sentences(text: str, count: int) -> str:
    """Return the beginning of a text, of at most so many sentences."""
    return "".join(BETWEEN.split(text.strip())[: 2 * count - 1])


def sentence_pattern(sentence: str) -> str:
    """Return the sentence with numbered places for its figures, as ``SENTENCES`` has it."""
    places = iter(range(len(sentence)))
    return FIGURE.sub(lambda _: f"{{{next(places)}}}", sentence)
