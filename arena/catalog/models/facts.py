"""Facts on a model beside its card: from the Hub or a ready card, and changed by operators."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.catalog.licences import CommercialUse


class CardFacts(models.Model):
    """Facts on a model, with where they come from. A card may lack them; no draw depends on it."""

    card = models.OneToOneField(
        "catalog.ModelCard",
        models.CASCADE,
        primary_key=True,
        related_name="facts",
        verbose_name=_("model card"),
    )
    hub_id = models.CharField(
        _("Hub id"), max_length=200, blank=True, help_text=_("owner/name, where it is on the Hub.")
    )
    commercial_use = models.CharField(
        _("commercial use"),
        max_length=10,
        blank=True,
        choices=CommercialUse.choices,
        help_text=_("What the licence says of it. Read the licence: this is no legal advice."),
    )
    languages = models.CharField(
        _("languages"), max_length=300, blank=True, help_text=_("As its makers name them: en, de.")
    )
    image_resolution = models.CharField(
        _("image resolution"),
        max_length=100,
        blank=True,
        help_text=_("In pixels; empty where it varies with the picture or is not known."),
    )
    abilities = models.CharField(
        _("other abilities"),
        max_length=300,
        blank=True,
        help_text=_("Several pictures, video, places in the picture, tools, …"),
    )
    energy = models.FloatField(
        _("energy per 1000 tokens"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0)],
        help_text=_("In watt hours per 1000 tokens written, as measured; empty if not known."),
    )
    energy_source = models.CharField(
        _("source of the energy"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("Where the figure comes from: an address, or how it was measured. Shown."),
    )
    architecture = models.CharField(_("architecture"), max_length=100, blank=True)
    gated = models.CharField(_("access"), max_length=10, blank=True)
    """``auto`` or ``manual`` where the makers decide who may have it."""
    download_mb = models.PositiveIntegerField(_("download in MB"), null=True, blank=True)
    results = models.JSONField(_("published results"), default=list, blank=True)
    """Objects with dataset, task, value, source and verified, as the Hub had them."""
    sources = models.JSONField(_("sources"), default=dict, blank=True)
    """Addresses by the name of a fact."""
    tuned_from = models.ForeignKey(
        "catalog.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tuned_facts",
        verbose_name=_("tuned from"),
    )
    """The version whose weights were the beginning of the card's own."""
    read_at = models.DateTimeField(_("read"), auto_now=True)

    class Meta:
        verbose_name = _("facts on a model")
        verbose_name_plural = _("facts on models")

    def __str__(self) -> str:
        return self.hub_id or str(self.card_id)

    def clean(self) -> None:
        """Refuse an energy without its source: readers could not judge it."""
        super().clean()
        if self.energy is not None and not self.energy_source:
            said = _("Say where the figure for the energy comes from: readers see it beside it.")
            raise ValidationError({"energy_source": said})

    def energy_of(self, tokens: int) -> float | None:
        """Return the watt hours of an answer with so many tokens; None where it is not known."""
        return None if self.energy is None else self.energy * tokens / 1000
