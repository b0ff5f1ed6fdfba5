"""Model cards (public identity) and their immutable versions (what battles and votes point at)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from arena.catalog.states import CardState, HealthState, ProbeResult
from arena.core.folding import folded
from arena.core.one_line import one_line
from inference_worker.wire import endpoint_options, model_options
from inference_worker.wire.messages import DEFAULT_BACKEND, DEFAULT_QUEUE, ModelSpec

DRAWABLE = tuple(state for state in CardState if state != CardState.RETIRED)
"""Cards that may meet one day; a retired one has to be activated first."""
MOST_BOOST = 10.0
"""The largest factor of a temporary boost: others have to be drawn, too."""
NAME_TAKEN = _(
    "%(card)s (%(slug)s) has this name already, but for case, white space or the form of its"
    " characters. Voters could not tell the two apart: choose another, or retire that one."
)


def validate_options(text: str) -> None:
    """Raise ValidationError for a text that holds no options, neither of an endpoint nor of a
    model that runs in a worker; a form also knows which of the two it has to be."""
    mistakes: list[endpoint_options.MalformedOptions] = []
    for parse in (model_options.parse, endpoint_options.parse):
        try:
            parse(text)
        except endpoint_options.MalformedOptions as error:
            mistakes.append(error)
    if len(mistakes) > 1:
        mistake = mistakes["prompt_template" not in text]
        raise ValidationError(_("These are no options: %(error)s."), params={"error": mistake})


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
    unlisted = models.BooleanField(
        _("unlisted"),
        default=False,
        db_default=False,
        help_text=_(
            "It stands on no public page and no board, and answers only for people with an"
            " invitation to it. Its versions are counted on the public page of changes. Once listed"
            " it stays so, and begins without votes."
        ),
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
    boost = models.FloatField(
        _("boost"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1.0), MaxValueValidator(MOST_BOOST)],
        help_text=_("Multiplies the draw weight of a new model until the boost ends."),
    )
    boost_until = models.DateTimeField(_("end of the boost"), null=True, blank=True)
    answering_version = models.ForeignKey(
        "catalog.ModelVersion",
        models.PROTECT,
        related_name="answers_for",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("version that answers"),
    )
    """Changed by services alone, each time with a ``CardChange``. None for a card whose first
    version has not passed its probe, and for one that an earlier release has added meanwhile."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("model card")
        verbose_name_plural = _("model cards")
        ordering = ["name"]
        permissions = [
            ("try_modelcard", _("Can start a probe of a model")),
            ("switch_modelcard", _("Can activate and retire models")),
            ("view_workers", _("Can view the workers")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CardState.values), name="catalog_card_state_known"
            ),
            models.CheckConstraint(condition=one_line("slug"), name="catalog_card_slug_one_line"),
            models.CheckConstraint(
                condition=Q(boost=None, boost_until=None)
                | Q(boost__isnull=False, boost_until__isnull=False),
                name="catalog_card_boost_has_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError for a new name that a card has which this one could meet, and for
        a boost without an end."""
        super().clean()
        if (self.boost is None) != (self.boost_until is None):
            text = _("A boost has a factor and an end, or neither.")
            raise ValidationError({"boost_until": text})
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
    def marked_name(self) -> str:
        """The name for operators, which says of an unlisted card that it is one."""
        return _("%(name)s (unlisted)") % {"name": self.name} if self.unlisted else self.name

    @property
    def is_boosted(self) -> bool:
        """Return whether a boost is in force."""
        return self.boost_until is not None and self.boost_until > timezone.now()

    @property
    def draw_weight(self) -> float:
        """Return the weight by which it is drawn now: the operator's, times a boost in force."""
        return self.weight * (self.boost or 1.0) if self.is_boosted else self.weight

    @property
    def current(self) -> ModelVersion | None:
        """The version that answers: the one that was chosen, else the newest that passed."""
        return self.answering_version or self.newest_passed

    @property
    def newest_passed(self) -> ModelVersion | None:
        """Return the newest version whose last probe passed; None where there is none."""
        return self.versions.filter(probe=ProbeResult.PASSED).order_by("-number").first()


class ModelVersion(models.Model):
    """An immutable way in which a model answers. A change is a new version."""

    card = models.ForeignKey(
        ModelCard, models.PROTECT, related_name="versions", verbose_name=_("model card")
    )
    number = models.PositiveIntegerField(_("number"))
    backend = models.CharField(
        _("backend"),
        max_length=50,
        default=DEFAULT_BACKEND,
        help_text=_("The part of the worker that runs the model or calls its endpoint."),
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
        help_text=_("A commit of the Hub. Left empty, the probe pins what it loaded."),
    )
    base_url = models.CharField(
        _("endpoint"),
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^https?://[^\s/]+")],
        help_text=_("For a backend that calls one: https://host/v1"),
    )
    """This is no URLField, which refuses a host without a dot, such as another container."""
    sealed_key = models.TextField(blank=True, editable=False)
    options = models.TextField(
        _("options"),
        blank=True,
        default="",
        db_default="",
        validators=[validate_options],
        help_text=_(
            "JSON. At an endpoint: extra_body, omit, length_parameter, thinks, reasoning_marks,"
            " reasoning_from_start, max_images, silence_seconds, grounding; left empty, the probe"
            " finds out what it can and proposes it. In a worker: prompt_template, max_images,"
            " max_turns, grounding."
        ),
    )
    """The ``EndpointOptions`` of a remote model, the ``ModelOptions`` of any other; empty for
    none."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    probe = models.CharField(
        _("probe"), max_length=10, choices=ProbeResult.choices, default=ProbeResult.PENDING
    )
    probe_note = models.CharField(_("what the probe said"), max_length=500, blank=True)
    tried_at = models.DateTimeField(_("tried"), null=True, blank=True)
    learned = models.TextField(
        _("options that the probe proposes"), blank=True, default="", db_default="", editable=False
    )
    """The ``EndpointOptions`` of the version that should follow this one; empty for none."""

    MUTABLE = frozenset({"probe", "probe_note", "tried_at", "revision", "learned"})
    """Only the probe may write to a stored version; it also pins the revision that was loaded."""

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering = ["card", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["card", "number"], name="catalog_version_number_once"),
            models.CheckConstraint(
                condition=Q(probe__in=ProbeResult.values), name="catalog_version_probe_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card.slug} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a change of anything but the probe's own fields."""
        if self.pk and not set(kwargs.get("update_fields") or ["everything"]) <= self.MUTABLE:
            raise ValueError("A model version is immutable; make a new one.")
        super().save(*args, **kwargs)

    @property
    def is_out(self) -> bool:
        """Return whether it is kept out of the draw until a check brings it back."""
        health = getattr(self, "health", None)
        return health is not None and health.state == HealthState.OUT

    @property
    def grounding(self) -> str:
        """Return the format in which its answers name places; empty for none."""
        try:
            parse = endpoint_options.parse if self.base_url else model_options.parse
            return parse(self.options).grounding
        except endpoint_options.MalformedOptions:
            return ""

    @property
    def spec(self) -> ModelSpec:
        """Return the message that tells a worker how to answer."""
        return ModelSpec(
            backend=self.backend,
            source=self.source,
            revision=self.revision,
            base_url=self.base_url,
            sealed_key=self.sealed_key,
            options=self.options,
        )
