"""The roles that most arenas want, as groups: viewer, moderator, operator and owner."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

VIEWERS = (
    "battles.view_drawplan",
    "benchmarks.view_benchmarkscore",
    "benchmarks.view_evaluatedmodel",
    "benchmarks.view_scoreimport",
    "catalog.view_modelcard",
    "catalog.view_modelversion",
    "catalog.view_workers",
    "boards.view_board",
    "console.view_alarm",
    "datasets.view_publication",
    "ledger.view_ledgerentry",
    "ledger.view_paircount",
    "spending.view_cardbudget",
    "ledger.view_recount",
    "boards.view_snapshot",
)
"""Numbers and names of models; nothing that a voter wrote or sent."""
MODERATORS = (
    *VIEWERS,
    "battles.erase_battle",
    "battles.view_battle",
    "battles.view_generation",
    "battles.view_vote",
    "battles.change_moderationreview",
    "battles.view_moderationreview",
    "battles.view_reviewdecision",
    "integrity.decide_case",
    "integrity.view_case",
    "labels.change_battlelabels",
    "labels.change_label",
    "labels.view_battlelabels",
    "labels.view_label",
    "labels.view_picture",
    "ledger.add_ledgerentry",
)
"""Content, its labels, and which votes count: one by one, or by a case of integrity."""
OPERATORS = (
    *MODERATORS,
    "axes.delete_accessattempt",
    "axes.view_accessattempt",
    "benchmarks.add_benchmarkscore",
    "benchmarks.change_evaluatedmodel",
    "benchmarks.delete_scoreimport",
    "catalog.add_modelcard",
    "catalog.add_modelversion",
    "catalog.change_modelcard",
    "catalog.switch_modelcard",
    "catalog.try_modelcard",
    "boards.add_board",
    "boards.change_board",
    "boards.delete_board",
    "demographics.add_surveyquestion",
    "demographics.change_surveyquestion",
    "demographics.delete_surveyquestion",
    "demographics.view_surveyquestion",
    "voters.add_invitation",
    "voters.change_invitation",
    "voters.view_invitation",
    "shadows.view_shadowanswer",
    "gates.add_invitedmodel",
    "gates.change_invitedmodel",
    "gates.delete_invitedmodel",
    "gates.view_invitedmodel",
    "spending.add_cardbudget",
    "spending.change_cardbudget",
    "spending.delete_cardbudget",
    "evaluation.add_evaluatortoken",
    "evaluation.change_evaluatortoken",
    "evaluation.delete_evaluatortoken",
    "evaluation.view_evaluatortoken",
)
"""Everything but accounts and the audit log; who guessed too often may be let in again."""
OWNERS = (
    *OPERATORS,
    "auth.view_group",
    "auth.view_user",
    "operations.manage_accounts",
    "operations.view_auditentry",
)
"""Accounts and their roles, too, and the log of what everybody did. What a role may do, and who is
a superuser, is written by superusers alone."""
OWNER = "Owners"
GROUPS = {
    "Viewers": VIEWERS,
    "Moderators": MODERATORS,
    "Operators": OPERATORS,
    OWNER: OWNERS,
}


@transaction.atomic
def fill(*, complete: bool = False) -> list[str]:
    """Make the groups that are missing; return their names. One that is there stays as it is.

    ``complete`` also adds to those that are there what this release gives them.
    """
    made = []
    for name, permissions in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new or complete:
            found = Q(pk__in=[])
            for permission in permissions:
                app, codename = permission.split(".")
                found |= Q(content_type__app_label=app, codename=codename)
            group.permissions.add(*Permission.objects.filter(found))
        if is_new:
            made.append(name)
    return made
