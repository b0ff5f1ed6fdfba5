"""Exports that the site publishes by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.datasets.states import PublicationState


class Publication(models.Model):
    """An export in the folder or bucket of ARENA_PUBLICATION_PLACE, under a name of its own.

    Its facts are null before it is whole. ``removed_at`` says since when its files are gone.
    """

    name = models.CharField(_("name"), max_length=40, unique=True)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=PublicationState.choices,
        default=PublicationState.WRITING,
    )
    begun_at = models.DateTimeField(_("begun"))
    due_at = models.DateTimeField(_("goes on"))
    """When it is gone on with: later after a failure."""
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"), null=True, blank=True)
    ledger_hash = models.CharField(_("hash of that entry"), max_length=64, blank=True)
    votes = models.PositiveBigIntegerField(_("votes"), null=True, blank=True)
    battles = models.PositiveBigIntegerField(_("battles"), null=True, blank=True)
    withdrawn = models.PositiveBigIntegerField(_("withdrawn battles"), null=True, blank=True)
    """Battles of earlier publications that this one lists as withdrawn."""
    files = models.PositiveIntegerField(_("files"), null=True, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("failures"), default=0)
    problem = models.CharField(_("last problem"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        default_permissions = ("view",)
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PublicationState.values), name="datasets_publication_state"
            )
        ]

    def __str__(self) -> str:
        return self.name
