"""The forms of a question: of the first one of a battle, and of each further one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from arena.battles.selectors.samples import NO_CHOICE, sample_bytes, sample_choice
from arena.catalog.selectors import prompt_limits
from arena.core.errors import DomainError
from arena.core.images import is_document, normalise
from arena.core.text import strip_unsafe_characters, unify_line_ends
from arena.orchestration.services import BattleInput
from inference_worker.wire.prompt_limits import PromptLimit

_PAGES = re.compile(r"(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?")


class InvalidQuestion(DomainError):
    """A field of the form is missing or too long; the message names it."""

    code = "invalid_question"


class PromptTooLong(InvalidQuestion):
    """A model of the arena has no room for the prompt, whichever pair would be drawn."""

    code = "prompt_too_long"


class PromptField(forms.CharField):
    """Text that counts the way the page counts it: a line end is one character.

    Browsers send each line end as two.
    """

    def to_python(self, value: Any) -> str:
        """Return the text with line feeds for line ends, without blanks around it."""
        return super().to_python(unify_line_ends(value) if value else value) or ""


class QuestionForm(forms.Form):
    """Pictures (own ones in their order, or a sample at its place among them), a prompt, and the
    answer to the one question about publishing."""

    needs_picture = True

    image = forms.FileField(
        required=False,
        error_messages={"empty": _("That file is empty. Please choose another picture.")},
    )
    sample = forms.CharField(required=False, max_length=100)
    pages = forms.CharField(required=False, max_length=40)
    sample_at = forms.IntegerField(required=False, min_value=0)
    prompt = PromptField(
        max_length=settings.PROMPT_MAX_CHARACTERS,
        error_messages={
            "required": _("Please write what you want to know about the picture."),
            "max_length": _("That question is too long; the limit is %(limit_value)d characters."),
        },
    )
    publish = forms.BooleanField(required=False)
    consent_asked = forms.BooleanField(required=False)

    def question(self, before: Sequence[str] = ()) -> BattleInput:
        """Return the question. ``before`` are the words of each side's conversation so far.

        Raises InvalidQuestion with the first thing that is wrong, NotAPicture, TooLarge or
        PromptTooLong.
        """
        prompt = self.words(before)
        found, sample = self._pictures()
        pictures = [normalise(data, page) for data, page in found]
        first, further = (pictures[0] if pictures else None), tuple(pictures[1:])
        choice = sample_choice(sample, prompt) if sample else NO_CHOICE
        return BattleInput(first, prompt, sample, further, choice)

    def words(self, before: Sequence[str] = ()) -> str:
        """Return the prompt. Raises as ``question`` does."""
        if not self.is_valid():
            raise InvalidQuestion(str(next(iter(self.errors.values()))[0]))
        written = self.cleaned_data["prompt"]
        prompt = strip_unsafe_characters(written).strip()
        if not prompt:
            raise InvalidQuestion(str(self.fields["prompt"].error_messages["required"]))
        # What the page's counter calls too long: it counts the same text, as it was written, by
        # the same limits.
        texts = [f"{words}\n{written}" for words in before] or [written]
        excess, most = _room(texts, prompt_limits())
        if before and excess >= len(written):
            raise PromptTooLong(_conversation_full(most))
        if excess:
            raise PromptTooLong(
                ngettext(
                    "The question is too long for these models, by about %(count)d character: they"
                    " take about %(most)d of it. Nothing was cut off; please shorten it.",
                    "The question is too long for these models, by about %(count)d characters: they"
                    " take about %(most)d of it. Nothing was cut off; please shorten it.",
                    excess,
                )
                % {"count": excess, "most": max(0, len(written) - excess)}
            )
        return prompt

    def _pictures(self) -> tuple[list[tuple[bytes, int]], str]:
        """Return the bytes and the page of each picture in order, and the name of the sample."""
        uploads: list[UploadedFile[bytes]] = self.files.getlist("image") if self.files else []
        place = self.cleaned_data["sample_at"]
        # Without a place of its own among the pictures, a sample gives way to them.
        sample = "" if uploads and place is None else self.cleaned_data["sample"]
        if not uploads and not sample and self.needs_picture:
            raise InvalidQuestion(_("Please add a picture first."))
        files: list[bytes] = []
        for upload in uploads:
            with upload:  # it keeps no copy: many may wait for a decoder at a time
                files.append(upload.read())
        pages = _pages(self.cleaned_data["pages"])
        found = [(data, page) for data in files for page in (pages if is_document(data) else (1,))]
        if len(found) + bool(sample) > settings.TURN_IMAGES:
            raise InvalidQuestion(
                ngettext(
                    "A question may have at most %(most)d picture.",
                    "A question may have at most %(most)d pictures.",
                    settings.TURN_IMAGES,
                )
                % {"most": settings.TURN_IMAGES}
            )
        if sample:
            found.insert(place or 0, (sample_bytes(sample), 1))
        return found, sample


class FollowUpForm(QuestionForm):
    """One more question of a battle, with or without further pictures."""

    needs_picture = False
    after = forms.IntegerField(required=False, min_value=0)
    """The number of the turn that the page showed last."""


def _pages(written: str) -> list[int]:
    """Return the pages that "1, 3-4" names; the first one where nothing is written.

    Raises InvalidQuestion.
    """
    pages: list[int] = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        match = _PAGES.fullmatch(part)
        if not match:
            raise InvalidQuestion(_("Please write the pages as numbers, such as 1, 3-4."))
        first, last = int(match[1]), int(match[2] or match[1])
        pages += range(first, min(last, first + settings.TURN_IMAGES) + 1)
    return pages or [1]


def conversation_full(before: Sequence[str], limits: Sequence[PromptLimit]) -> str:
    """Return the sentence for a conversation that leaves no room, or nothing where some is left."""
    full = any(limit.takes(text) >= limit.tokens for limit in limits for text in before)
    return _conversation_full(_room(before, limits)[1]) if full else ""


def _conversation_full(most: int) -> str:
    sentence = gettext(
        "This conversation has become too long for these models, which take about"
        " %(most)d characters of it. Nothing was sent."
    )
    return sentence % {"most": most}


def _room(texts: Sequence[str], limits: Sequence[PromptLimit]) -> tuple[int, int]:
    """Return how many characters are too many for the strictest model, and how many it takes."""
    sizes = ((limit.excess(text), len(text)) for limit in limits for text in texts)
    excess, length = max(sizes, default=(0, 0))
    return excess, max(0, length - excess)
