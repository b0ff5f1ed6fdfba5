"""The states of a publication."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PublicationState(TextChoices):
    """The states of a publication, from its first file to its removal."""

    WRITING = "writing", _("being written")
    SENDING = "sending", _("being sent")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("replaced by a newer one")
    ABANDONED = "abandoned", _("given up")


UNDER_WAY = (PublicationState.WRITING, PublicationState.SENDING)
OVER = (PublicationState.SUPERSEDED, PublicationState.ABANDONED)
"""States of publications whose files are to be removed from the store, or are removed."""
