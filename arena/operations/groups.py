"""The groups that most arenas want: who reads, who looks after content, who runs the models."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

READERS = (
    "battles.view_drawplan",
    "catalog.view_modelcard",
    "catalog.view_modelversion",
    "catalog.view_workers",
    "leaderboard.view_board",
    "leaderboard.view_ledgerentry",
    "leaderboard.view_paircount",
    "leaderboard.view_recount",
    "leaderboard.view_snapshot",
)
"""Numbers and names of models; nothing that a voter wrote or sent."""
MODERATORS = (
    *READERS,
    "battles.view_battle",
    "battles.view_generation",
    "battles.view_vote",
    "labels.change_battlelabels",
    "labels.change_label",
    "labels.view_battlelabels",
    "labels.view_label",
    "labels.view_picture",
    "leaderboard.add_ledgerentry",
)
"""Content, its labels, and which votes count."""
OPERATORS = (
    *MODERATORS,
    "axes.delete_accessattempt",
    "axes.view_accessattempt",
    "catalog.add_modelcard",
    "catalog.add_modelversion",
    "catalog.change_modelcard",
    "catalog.switch_modelcard",
    "catalog.try_modelcard",
    "leaderboard.add_board",
    "leaderboard.change_board",
    "leaderboard.delete_board",
)
"""Everything but writing accounts; who guessed too often may be let in again."""
GROUPS = {"Readers": READERS, "Moderators": MODERATORS, "Operators": OPERATORS}


@transaction.atomic
def fill() -> list[str]:
    """Make the groups that are missing; return their names. One that is there stays as it is."""
    made = []
    for name, permissions in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(Permission.objects.filter(_any_of(permissions)))
            made.append(name)
    return made


def _any_of(permissions: tuple[str, ...]) -> Q:
    found = Q(pk__in=[])
    for permission in permissions:
        app, codename = permission.split(".")
        found |= Q(content_type__app_label=app, codename=codename)
    return found
