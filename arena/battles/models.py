"""Battles, their turns, both generations of a turn, the vote, and the plan of the draw."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.states import BattleState, Choice, GenerationState, Pacing
from arena.catalog.models import ModelVersion
from arena.voters.models import Voter
from inference_worker.wire.messages import SIDES


def new_public_id() -> str:
    """128 random bits: a battle's address can't be guessed from another's."""
    return secrets.token_urlsafe(16)


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
    """Since when the file is gone, because none of its battles got a vote."""
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
            )
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class DrawPlan(models.Model):
    """Pairs of model cards with their probabilities; the newest one is in force."""

    policy = models.CharField(_("policy"), max_length=20)
    pairs = models.JSONField(_("pairs"), help_text=_("[slug, slug, probability], summing to 1"))
    basis = models.CharField(_("made from"), max_length=64, blank=True, editable=False)
    """SHA-256 of ledger, policy and weights: a plan that is in force is not made again."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("draw plan")
        verbose_name_plural = _("draw plans")
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.policy} {self.created_at:%Y-%m-%d %H:%M}"


class Battle(models.Model):
    """One anonymous comparison of two models on the same image and prompt."""

    public_id = models.CharField(
        _("id"), max_length=32, unique=True, default=new_public_id, editable=False
    )
    voter = models.ForeignKey(
        Voter, models.PROTECT, related_name="battles", verbose_name=_("voter")
    )
    state = models.CharField(
        _("state"), max_length=12, choices=BattleState.choices, default=BattleState.GENERATING
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    draw_policy = models.CharField(_("draw policy"), max_length=20)
    draw_probability = models.FloatField(_("probability of the pair"))
    conditions = models.JSONField(_("conditions of both answers"))
    pacing = models.CharField(
        _("answers are shown"),
        max_length=10,
        choices=Pacing.choices,
        default=Pacing.LIVE,
        db_default=Pacing.LIVE,
    )
    """None of the conditions: those go to the worker, which knows nothing of how answers are shown.
    The database's default is for the release that runs beside this one during an upgrade."""
    publish = models.BooleanField(_("may be published"), default=False)
    consent_version = models.CharField(_("wording agreed to"), max_length=20, blank=True)
    consent_at = models.DateTimeField(_("asked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("battle")
        verbose_name_plural = _("battles")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=BattleState.values), name="battles_battle_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="battles_battle_open",
                condition=~Q(
                    state__in=[BattleState.VOTED, BattleState.SKIPPED, BattleState.EXPIRED]
                ),
            )
        ]

    def __str__(self) -> str:
        return self.public_id


class Turn(models.Model):
    """A prompt and its image inside a battle."""

    battle = models.ForeignKey(
        Battle, models.CASCADE, related_name="turns", verbose_name=_("battle")
    )
    number = models.PositiveSmallIntegerField(_("number"), default=0)
    prompt = models.TextField(_("prompt"))
    image = models.ForeignKey(Image, models.PROTECT, related_name="turns", verbose_name=_("image"))
    sample = models.CharField(_("sample picture"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["battle", "number"], name="battles_turn_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.battle_id}/{self.number}"


class Generation(models.Model):
    """One side's answer. The row holds state, attempt and fence; Redis has lease and stream."""

    turn = models.ForeignKey(
        Turn, models.CASCADE, related_name="generations", verbose_name=_("turn")
    )
    side = models.CharField(
        _("side"), max_length=1, choices=[(side, side.upper()) for side in SIDES]
    )
    version = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="generations", verbose_name=_("model version")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=GenerationState.choices, default=GenerationState.QUEUED
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    last_attempt = models.PositiveSmallIntegerField(_("last attempt allowed"), default=2)
    fence = models.CharField(_("fence"), max_length=43, blank=True, editable=False)
    queued_at = models.DateTimeField(_("queued"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("last put on its queue"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    text = models.TextField(_("answer"), blank=True)
    code = models.CharField(_("failure"), max_length=20, blank=True)
    finish = models.CharField(_("finish"), max_length=10, blank=True)
    tokens = models.PositiveIntegerField(_("tokens"), default=0)
    first_text_ms = models.PositiveIntegerField(_("first text, ms"), default=0)
    total_ms = models.PositiveIntegerField(_("total, ms"), default=0)
    worker = models.CharField(_("worker"), max_length=100, blank=True)
    betrays = models.BooleanField(_("betrays its model"), default=False)
    # Counts of ``arena.core.style``: no content, so they stay when the text is erased. Empty for an
    # answer that has not ended.
    length = models.PositiveIntegerField(_("words and signs"), null=True, editable=False)
    headers = models.PositiveIntegerField(_("headings"), null=True, editable=False)
    lists = models.PositiveIntegerField(_("list entries"), null=True, editable=False)
    bold = models.PositiveIntegerField(_("bold passages"), null=True, editable=False)

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        ordering = ["side"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "side"], name="battles_generation_side_once"),
            models.CheckConstraint(
                condition=Q(side__in=SIDES), name="battles_generation_side_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=GenerationState.values), name="battles_generation_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                name="battles_generation_live",
                condition=Q(state__in=[GenerationState.QUEUED, GenerationState.RUNNING]),
            ),
            models.Index(
                fields=["version"],
                name="battles_generation_betrays",
                condition=Q(betrays=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.turn_id}/{self.side}"


class VoteRows(models.QuerySet["Vote"]):
    """Lets no vote in that would not wait for the ledger."""

    def bulk_create(self, objs: Iterable[Vote], *args: Any, **kwargs: Any) -> list[Vote]:
        """Like ``Vote.save`` for many."""
        with transaction.atomic(savepoint=False):
            votes = super().bulk_create(objs, *args, **kwargs)
            UnfoldedVote.objects.bulk_create(UnfoldedVote(vote=vote) for vote in votes)
        return votes


class Vote(models.Model):
    """A voter's choice on a battle: one per battle, by constraint, never changed.

    ``betrayed`` says that an answer had named its model. Versions have no index: the ledger reads
    from the vote to them, never back, and each index would cost every vote.
    """

    battle = models.OneToOneField(
        Battle, models.PROTECT, related_name="vote", verbose_name=_("battle")
    )
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="votes", verbose_name=_("voter"))
    choice = models.CharField(_("choice"), max_length=10, choices=Choice.choices)
    version_a = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", db_index=False, verbose_name=_("model A")
    )
    version_b = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="+", db_index=False, verbose_name=_("model B")
    )
    betrayed = models.BooleanField(_("an answer named its model"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = VoteRows.as_manager()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.CheckConstraint(
                condition=Q(choice__in=Choice.values), name="battles_vote_choice_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battle_id}: {self.choice}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new vote waits for the ledger from the moment it is stored."""
        new = self._state.adding
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)
            if new:
                UnfoldedVote.objects.create(vote=self)


class UnfoldedVote(models.Model):
    """A vote that the ledger has not taken yet; gone in the transaction that takes it.

    A table of its own because a delete here costs a twentieth of an update of the vote's row,
    which would write every index of the vote again.
    """

    vote = models.OneToOneField(
        Vote, models.CASCADE, primary_key=True, related_name="unfolded", verbose_name=_("vote")
    )

    class Meta:
        verbose_name = _("vote outside the ledger")
        verbose_name_plural = _("votes outside the ledger")

    def __str__(self) -> str:
        return str(self.vote_id)
