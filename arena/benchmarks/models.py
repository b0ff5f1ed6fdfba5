"""Benchmark scores as rows: who was evaluated, by which tool, from which file."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.benchmarks.results import LONGEST_NAME
from arena.catalog.models import ModelCard, ModelVersion


class ScoreImport(models.Model):
    """A file of scores that was read, or a score that an operator typed in."""

    format = models.CharField(_("format"), max_length=50)
    tool = models.CharField(_("tool"), max_length=LONGEST_NAME)
    tool_version = models.CharField(_("tool's version"), max_length=LONGEST_NAME, blank=True)
    source = models.CharField(
        _("source"), max_length=500, help_text=_("The file's name, or the address of the scores.")
    )
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, unique=True)
    measured_at = models.CharField(
        _("measured"), max_length=LONGEST_NAME, blank=True, help_text=_("As the file writes it.")
    )
    facts = models.JSONField(_("what else the file says"), default=dict, blank=True)
    imported_at = models.DateTimeField(_("imported"), auto_now_add=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("imported by"),
    )

    class Meta:
        verbose_name = _("import of scores")
        verbose_name_plural = _("imports of scores")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.tool}: {self.source}"


class EvaluatedModel(models.Model):
    """A model as result files name it, joined with a card where the operator knows which."""

    name = models.CharField(_("name in the files"), max_length=LONGEST_NAME, unique=True)
    card = models.ForeignKey(
        ModelCard,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="evaluated",
        verbose_name=_("model card"),
    )
    version = models.ForeignKey(
        ModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model version"),
    )
    facts = models.JSONField(_("what the file says of it"), default=dict, blank=True)

    class Meta:
        verbose_name = _("evaluated model")
        verbose_name_plural = _("evaluated models")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for a version that is not one of the card."""
        super().clean()
        if self.version is not None and self.version.card_id != self.card_id:
            raise ValidationError({"version": _("Choose a version of this card, or none.")})


class BenchmarkScore(models.Model):
    """A number that a tool measured, on the scale of the tool."""

    source = models.ForeignKey(
        ScoreImport, models.CASCADE, related_name="scores", verbose_name=_("import")
    )
    model = models.ForeignKey(
        EvaluatedModel, models.CASCADE, related_name="scores", verbose_name=_("evaluated model")
    )
    dataset = models.CharField(_("data set"), max_length=LONGEST_NAME)
    metric = models.CharField(_("metric"), max_length=LONGEST_NAME)
    value = models.FloatField(_("value"))
    standard_error = models.FloatField(_("standard error"), null=True, blank=True)
    items = models.PositiveIntegerField(_("items answered"), null=True, blank=True)
    items_of = models.PositiveIntegerField(_("items of the benchmark"), null=True, blank=True)
    judge = models.CharField(_("judge"), max_length=LONGEST_NAME, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("benchmark score")
        verbose_name_plural = _("benchmark scores")
        ordering = ["dataset", "metric", "model"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "model", "dataset", "metric"],
                name="benchmarks_score_once_an_import",
            ),
        ]
        indexes = [models.Index(fields=["dataset", "metric"], name="benchmarks_by_column")]

    def __str__(self) -> str:
        return f"{self.model}, {self.dataset}, {self.metric}: {self.value:g}"

    @property
    def is_partial(self) -> bool:
        """Return whether fewer items were answered than the benchmark has."""
        if self.items is None or self.items_of is None:
            return False
        return self.items < self.items_of
