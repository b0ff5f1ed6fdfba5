"""The pictures of battles."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Image(models.Model):
    """The bytes that the voter sees and both models get, under their own SHA-256."""

    digest = models.CharField(primary_key=True, max_length=64)
    file = models.FileField(upload_to="images")
    mime = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)
    """The time when the file was removed, because none of its battles got a vote."""
    faces: Any = models.JSONField(null=True)
    """The faces in it, in shares of its sides; None as long as nobody has looked for them."""
    public_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    """The SHA-256 of the picture without its faces, which may be its own."""
    marked: Any = models.JSONField(null=True)
    """Regions that an operator blurs in what is published, whichever battle has the picture; in
    shares of its sides."""
    marked_at = models.DateTimeField(null=True)
    """The time when an operator last marked regions."""
    kept = models.BooleanField(default=False, db_default=False)
    """A vote rests on it: once seen it is never looked at again."""

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        indexes = [
            models.Index(
                fields=["created_at"],
                name="battles_image_unvoted",
                condition=Q(removed_at__isnull=True, kept=False),
            ),
            models.Index(
                fields=["digest"],
                name="battles_image_marked",
                condition=Q(marked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class BlurredRegions(models.Model):
    """Regions of a picture that a voter blurs in what is published of the battle.

    It names the picture without a key to it: regions keep no picture alive that nobody needs.
    """

    battle = models.ForeignKey("battles.Battle", models.CASCADE, related_name="blurred")
    digest = models.CharField(max_length=64)
    regions: Any = models.JSONField()
    """Left, top, right and bottom of each, in shares of the picture's sides."""
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("blurred regions")
        verbose_name_plural = _("blurred regions")
        constraints = [
            models.UniqueConstraint(
                fields=["battle", "digest"], name="battles_blurred_once_per_picture"
            )
        ]

    def __str__(self) -> str:
        return self.digest[:12]
