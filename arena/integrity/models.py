"""Cases: what looks wrong among the votes, and what was decided about it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Vote
from arena.catalog.models import ModelCard
from arena.core.append_only import AppendOnly, AppendOnlyManager
from arena.integrity.states import CaseAction, CaseKind, CaseStatus, PushDirection
from arena.voters.models import Voter

MOST_WORDS = 300
"""Characters of an operator's own words on a decision."""


class ReferenceBoard(models.Model):
    """The strengths of all models at one time, against which later votes are held.

    ``strengths`` and ``covariance`` are in natural-log odds, by the order of ``slugs``.
    """

    created_at = models.DateTimeField(_("frozen"), auto_now_add=True)
    ledger_number = models.PositiveBigIntegerField(_("up to ledger entry"))
    after_vote = models.PositiveBigIntegerField(_("votes behind this one are examined"))
    votes = models.PositiveBigIntegerField(_("votes"))
    slugs = models.JSONField(_("models"))
    strengths = models.JSONField(_("strengths"))
    covariance = models.JSONField(_("covariance"))
    examined = models.CharField(_("examined up to"), max_length=80, default="", blank=True)
    """The newest vote and ledger entry that an examination has seen, so that none is repeated."""

    class Meta:
        verbose_name = _("reference board")
        verbose_name_plural = _("reference boards")
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}: {self.votes}"


class Case(models.Model):
    """A finding of integrity with its evidence. Its votes are those of ``CaseVote``.

    ``voter`` is set where one identity is meant; it is never published. ``last_vote`` is the newest
    vote that was looked at: what was dismissed is not looked at again.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=CaseKind.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=CaseStatus.choices, default=CaseStatus.OPEN
    )
    card = models.ForeignKey(
        ModelCard,
        models.PROTECT,
        related_name="cases",
        null=True,
        blank=True,
        verbose_name=_("model"),
    )
    direction = models.SmallIntegerField(
        _("direction"), choices=PushDirection.choices, default=PushDirection.NONE
    )
    voter = models.ForeignKey(
        Voter, models.SET_NULL, related_name="cases", null=True, blank=True, verbose_name=_("voter")
    )
    evidence: Any = models.JSONField(_("evidence"), default=dict)
    last_vote = models.PositiveBigIntegerField(_("looked at up to vote"))
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-pk"]
        permissions = [("decide_case", "Can decide cases")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CaseKind.values), name="integrity_case_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=CaseStatus.values), name="integrity_case_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["card"],
                name="integrity_case_open",
                condition=Q(status=CaseStatus.OPEN),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_kind_display()}"


class CaseVote(models.Model):
    """A vote that a case is about.

    It ``carries`` the evidence if its voter is among those without whom the rest could be honest;
    a later examination adds to these and takes none away. It is ``excluded`` while the case stands
    excluded and the decision was about this vote.
    """

    case = models.ForeignKey(
        Case, models.CASCADE, related_name="case_votes", verbose_name=_("case")
    )
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="+", verbose_name=_("vote"))
    carries = models.BooleanField(_("carries the evidence"), default=False, db_default=False)
    excluded = models.BooleanField(_("stands excluded"), default=False, db_default=False)

    class Meta:
        verbose_name = _("vote of a case")
        verbose_name_plural = _("votes of cases")
        constraints = [
            models.UniqueConstraint(fields=["case", "vote"], name="integrity_case_vote_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.vote_id}"


class HeldVote(models.Model):
    """A vote on the model of an open alarm that waits, with the reason ``provisional``.

    One that ``carries`` the evidence waits until somebody decides; one that waits only because its
    voter is new has ``lapsed`` after ``HOLD_DAYS`` without a decision, and counts. The row goes
    with the decision; the ledger's entries stay.
    """

    case = models.ForeignKey(
        Case, models.CASCADE, related_name="held_votes", verbose_name=_("case")
    )
    vote = models.ForeignKey(Vote, models.PROTECT, related_name="+", verbose_name=_("vote"))
    carries = models.BooleanField(_("carries the evidence"), default=False, db_default=False)
    lapsed = models.BooleanField(_("counts undecided"), default=False, db_default=False)

    class Meta:
        verbose_name = _("vote that waits")
        verbose_name_plural = _("votes that wait")
        constraints = [
            models.UniqueConstraint(fields=["case", "vote"], name="integrity_held_vote_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.vote_id}"


class CaseDecision(AppendOnly):
    """A decision, which is never altered or deleted. Public but for the account."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions", verbose_name=_("case"))
    action = models.CharField(_("decision"), max_length=10, choices=CaseAction.choices)
    votes = models.PositiveIntegerField(_("votes moved"))
    words = models.CharField(_("in the operator's words"), max_length=MOST_WORDS, blank=True)
    by = models.CharField(_("by"), max_length=150, blank=True)
    """The operator; empty where the arena itself decided."""
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    objects = AppendOnlyManager()

    class Meta:
        verbose_name = _("decision on a case")
        verbose_name_plural = _("decisions on cases")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=CaseAction.values), name="integrity_decision_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.get_action_display()}"
