"""What gates have to remember for longer than a window."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.catalog.models import ModelCard
from arena.voters.models import Invitation


class QuestionSighting(models.Model):
    """A picture with a prompt, and who asked it, both as keyed hashes.

    ``asker`` is hashed together with the question, so that no two rows of one person can be joined.
    """

    question = models.CharField(_("question"), max_length=32)
    asker = models.CharField(_("asked by"), max_length=32)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("question that was asked")
        verbose_name_plural = _("questions that were asked")
        constraints = [
            models.UniqueConstraint(fields=["question", "asker"], name="gates_question_asker_once")
        ]

    def __str__(self) -> str:
        return self.question


class InvitedModel(models.Model):
    """An unlisted model that the members of an invitation meet."""

    invitation = models.ForeignKey(
        Invitation, models.CASCADE, related_name="models", verbose_name=_("invitation")
    )
    card = models.ForeignKey(
        ModelCard,
        models.CASCADE,
        related_name="invitations",
        limit_choices_to={"unlisted": True},
        verbose_name=_("unlisted model"),
    )

    class Meta:
        verbose_name = _("invitation to an unlisted model")
        verbose_name_plural = _("invitations to unlisted models")
        constraints = [
            models.UniqueConstraint(fields=["invitation", "card"], name="gates_invited_model_once")
        ]

    def __str__(self) -> str:
        return f"{self.invitation}: {self.card}"
