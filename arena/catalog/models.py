"""Model cards (public identity) and their immutable versions (what battles and votes point at)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.catalog.states import CardState, Health, OutReason, Probe
from arena.core.folding import folded
from arena.core.one_line import one_line
from inference_worker.wire.messages import DEFAULT_QUEUE, ModelSpec

DRAWABLE = (CardState.DRAFT, CardState.ACTIVE)
"""Cards that may meet one day; a retired one has to be activated first."""
NAME_TAKEN = _(
    "%(card)s (%(slug)s) has this name already, but for case, white space or the form of its"
    " characters. Voters could not tell the two apart: choose another, or retire that one."
)


class ModelCard(models.Model):
    """A model as the public knows it, once its answers have been voted on."""

    slug = models.SlugField(
        _("slug"), unique=True, help_text=_("Stands in addresses and exports; never changes.")
    )
    name = models.CharField(_("name"), max_length=100)
    organization = models.CharField(_("organisation"), max_length=100, blank=True)
    license = models.CharField(_("licence"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True)
    limits = models.TextField(_("what it can't see"), blank=True)
    parameters = models.PositiveBigIntegerField(_("parameters"), null=True, blank=True)
    accuracy = models.JSONField(
        _("measured accuracy by task, in percent"), default=dict, blank=True
    )
    state = models.CharField(
        _("state"), max_length=10, choices=CardState.choices, default=CardState.DRAFT
    )
    queue = models.SlugField(
        _("queue"), default=DEFAULT_QUEUE, help_text=_("Which workers answer for it.")
    )
    weight = models.FloatField(
        _("draw weight"),
        default=1.0,
        validators=[MinValueValidator(0.0)],
        help_text=_("Multiplies the chance of being drawn; 1 is normal, 0 pauses it."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("model card")
        verbose_name_plural = _("model cards")
        ordering = ["name"]
        permissions = [
            ("try_modelcard", _("Can start a trial of a model")),
            ("switch_modelcard", _("Can activate and retire models")),
            ("view_workers", _("Can view the workers")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CardState.values), name="catalog_card_state_known"
            ),
            models.CheckConstraint(condition=one_line("slug"), name="catalog_card_slug_one_line"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError for a new name that a card has which this one could meet."""
        super().clean()
        kept = self.pk and ModelCard.objects.filter(pk=self.pk, name=self.name).exists()
        twin = None if kept or self.state == CardState.RETIRED else self.namesake()
        if twin is not None:
            raise ValidationError({"name": NAME_TAKEN % {"card": twin, "slug": twin.slug}})

    def namesake(self, *, among: Iterable[CardState] = DRAWABLE) -> ModelCard | None:
        """Another card in one of these states whose name a reader could not tell from this one's:
        a vote between the two would say nothing to whoever cast it."""
        others = ModelCard.objects.filter(state__in=list(among)).exclude(pk=self.pk)
        name = folded(self.name)
        return next((card for card in others.order_by("pk") if folded(card.name) == name), None)

    @property
    def current(self) -> ModelVersion | None:
        """The newest version that passed its probe: the one that is drawn."""
        return self.versions.filter(probe=Probe.PASSED).order_by("-number").first()


class ModelVersion(models.Model):
    """One immutable way of answering. A change is a new version."""

    card = models.ForeignKey(
        ModelCard, models.PROTECT, related_name="versions", verbose_name=_("model card")
    )
    number = models.PositiveIntegerField(_("number"))
    backend = models.CharField(
        _("backend"),
        max_length=50,
        default="transformers",
        help_text=_("transformers for a folder or a Hub id, openai for an endpoint."),
    )
    source = models.CharField(
        _("source"),
        max_length=500,
        help_text=_("A folder that the worker sees, a Hub id, or the model's name at an endpoint."),
    )
    revision = models.CharField(
        _("revision"),
        max_length=100,
        blank=True,
        help_text=_("A commit of the Hub. Left empty, the trial pins what it loaded."),
    )
    base_url = models.CharField(
        _("endpoint"),
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^https?://[^\s/]+")],
        help_text=_("For the openai backend: https://host/v1"),
    )
    """Not a URLField: that refuses a host without a dot, such as a neighbour in a container."""
    sealed_key = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    probe = models.CharField(
        _("trial"), max_length=10, choices=Probe.choices, default=Probe.PENDING
    )
    probe_note = models.CharField(_("what the trial said"), max_length=500, blank=True)
    tried_at = models.DateTimeField(_("tried"), null=True, blank=True)

    MUTABLE = frozenset({"probe", "probe_note", "tried_at", "revision"})
    """Only the trial may write to a stored version; it also pins the revision that was loaded."""

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering = ["card", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["card", "number"], name="catalog_version_number_once"),
            models.CheckConstraint(
                condition=Q(probe__in=Probe.values), name="catalog_version_probe_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card.slug} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a change of anything but the trial's own fields."""
        if self.pk and not set(kwargs.get("update_fields") or ["everything"]) <= self.MUTABLE:
            raise ValueError("A model version is immutable; make a new one.")
        super().save(*args, **kwargs)

    @property
    def is_out(self) -> bool:
        """Whether it is kept out of the draw until a check brings it back."""
        health: VersionHealth | None = getattr(self, "health", None)
        return health is not None and health.state == Health.OUT

    @property
    def spec(self) -> ModelSpec:
        """What the worker is told."""
        return ModelSpec(
            backend=self.backend,
            source=self.source,
            revision=self.revision,
            base_url=self.base_url,
            sealed_key=self.sealed_key,
        )


class VersionHealth(models.Model):
    """How a version's last answers ended, for a version that has ever failed.

    A table of its own: versions are immutable, and an answer that ends well writes nothing where
    none failed lately.
    """

    version = models.OneToOneField(
        ModelVersion,
        models.PROTECT,
        primary_key=True,
        related_name="health",
        verbose_name=_("model version"),
    )
    state = models.CharField(_("state"), max_length=10, choices=Health.choices, default=Health.WELL)
    marks = models.CharField(_("last ends"), max_length=20, blank=True)
    """Of ``states.Mark``, the newest last; what ended well before the first failure is left out."""
    failures = models.PositiveIntegerField(_("failures"), default=0)
    """All that there ever were: battles that brought no vote and were drawn all the same."""
    code = models.CharField(_("last failure"), max_length=20, blank=True)
    reason = models.CharField(
        _("why it is out"), max_length=10, choices=OutReason.choices, blank=True
    )
    since = models.DateTimeField(_("since"), null=True, blank=True)
    """When it last left the draw or came back."""
    check_at = models.DateTimeField(_("next check"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True)
    """Set while a check is under way."""
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    delays = models.PositiveSmallIntegerField(_("checks failed in a row"), default=0)

    class Meta:
        verbose_name = _("health of a version")
        verbose_name_plural = _("health of versions")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=Health.values), name="catalog_health_state_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["", *OutReason.values]),
                name="catalog_health_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.state}"
