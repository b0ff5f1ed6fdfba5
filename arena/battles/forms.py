"""The one form of the battle page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from arena.battles import selectors
from arena.battles.services import Question
from arena.catalog.selectors import prompt_limits
from arena.core.errors import DomainError
from arena.core.images import normalise
from arena.core.text import tame, unify_line_ends


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
    """A picture (own or sample), a prompt, and the answer to the one question about publishing."""

    image = forms.FileField(
        required=False,
        error_messages={"empty": _("That file is empty. Please choose another picture.")},
    )
    sample = forms.CharField(required=False, max_length=100)
    prompt = PromptField(
        max_length=settings.PROMPT_MAX_CHARACTERS,
        error_messages={
            "required": _("Please write what you want to know about the picture."),
            "max_length": _("That prompt is too long; the limit is %(limit_value)d characters."),
        },
    )
    publish = forms.BooleanField(required=False)
    consent_asked = forms.BooleanField(required=False)

    def question(self) -> Question:
        """Raises InvalidQuestion with the first thing that is wrong, NotAPicture, TooLarge or
        PromptTooLong."""
        if not self.is_valid():
            raise InvalidQuestion(str(next(iter(self.errors.values()))[0]))
        prompt = tame(self.cleaned_data["prompt"]).strip()
        if not prompt:
            raise InvalidQuestion(str(self.fields["prompt"].error_messages["required"]))
        _check_room(self.cleaned_data["prompt"])
        data, sample = self._picture()
        return Question(picture=normalise(data), prompt=prompt, sample=sample)

    def _picture(self) -> tuple[bytes, str]:
        upload: UploadedFile[bytes] | None = self.cleaned_data["image"]
        if upload is not None:
            return upload.read(), ""
        sample = self.cleaned_data["sample"]
        if not sample:
            raise InvalidQuestion(_("Please add a picture first."))
        return selectors.sample_bytes(sample), sample


def _check_room(prompt: str) -> None:
    """Raise PromptTooLong for what the page's counter calls too long: it counts the same text, as
    it was written, by the same limits."""
    excess = max((limit.excess(prompt) for limit in prompt_limits()), default=0)
    if excess:
        raise PromptTooLong(
            ngettext(
                "The question is too long for these models, by about %(count)d character."
                " Nothing was cut off; please shorten it.",
                "The question is too long for these models, by about %(count)d characters."
                " Nothing was cut off; please shorten it.",
                excess,
            )
            % {"count": excess}
        )
