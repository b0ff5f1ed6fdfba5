"""Reading which unlisted models a voter was invited to."""

from __future__ import annotations

from uuid import UUID

from arena.gates.models import InvitedModel


def cards_open_to(voter: UUID) -> set[int]:
    """Return the keys of the unlisted cards that this voter was invited to, by an invitation that
    was not withdrawn since."""
    rows = InvitedModel.objects.filter(
        invitation__memberships__voter=voter, invitation__is_withdrawn=False, card__unlisted=True
    )
    return set(rows.values_list("card", flat=True))
