"""Battles, their turns, and the generations of a turn."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from arena.battles.models.images import Image
from arena.battles.states import (
    BLIND_STATES,
    PREPARED_STATES,
    BattleMode,
    BattleState,
    Clearance,
    ErasureReason,
    GenerationState,
    Pacing,
)
from arena.catalog.models import ModelVersion
from arena.voters.models import Voter
from inference_worker.wire.messages import SIDES


def new_public_id() -> str:
    """128 random bits: a battle's address can't be guessed from another's."""
    return secrets.token_urlsafe(16)


class Battle(models.Model):
    """An anonymous comparison of two models on the same image and prompt.

    A battle of another ``mode`` is a conversation with models whose names are known from the start.
    It never has a vote, and so no ledger, board, test or export of votes ever sees it.
    """

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
    mode = models.CharField(
        _("way to ask"),
        max_length=12,
        choices=BattleMode.choices,
        default=BattleMode.BLIND,
        db_default=BattleMode.BLIND,
        editable=False,
    )
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
    turns_begun = models.PositiveSmallIntegerField(
        _("turns begun"), default=1, db_default=1, editable=False
    )
    """Turns that ever began in it: the number of the next one, which no turn has twice."""
    unlisted = models.BooleanField(
        _("with an unlisted model"), default=False, db_default=False, editable=False
    )
    """One of its models was unlisted when it began: its vote never comes into the ledger."""
    erased_at = models.DateTimeField(_("content erased"), null=True, blank=True, editable=False)
    erased_because = models.CharField(
        _("erased because of"),
        max_length=10,
        choices=ErasureReason.choices,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    """With ``erased_at`` a tombstone: pictures and texts are gone, the vote stays."""
    clearance = models.CharField(
        _("moderation"),
        max_length=10,
        choices=Clearance.choices,
        default=Clearance.CLEAR,
        db_default=Clearance.CLEAR,
    )
    """What has content is published of clear battles alone."""
    prepared = models.BooleanField(
        _("prepared, not shown"), default=False, db_default=False, editable=False
    )
    """Begun ahead of its voter, who has not seen it: nobody can open it before it is handed out."""

    class Meta:
        verbose_name = _("battle")
        verbose_name_plural = _("battles")
        permissions = [("erase_battle", _("Can erase the content of battles"))]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=BattleState.values), name="battles_battle_state_known"
            ),
            models.CheckConstraint(
                condition=Q(mode=BattleMode.BLIND)
                | (Q(mode__in=BattleMode.values) & ~Q(state__in=BLIND_STATES)),
                name="battles_battle_named_never_voted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="battles_battle_open",
                condition=~Q(
                    state__in=[BattleState.VOTED, BattleState.SKIPPED, BattleState.EXPIRED]
                ),
            ),
            models.Index(
                fields=["created_at"],
                name="battles_battle_prepared",
                condition=Q(prepared=True, state__in=PREPARED_STATES),
            ),
            models.Index(
                fields=["id"],
                name="battles_battle_unchecked",
                condition=Q(clearance=Clearance.UNCHECKED),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class Turn(models.Model):
    """A prompt and its images inside a battle.

    ``image`` is the first of them, and ``further`` has the others: so a turn of one image is stored
    as it always was. ``number`` orders the turns and is never used twice: that of a turn that was
    edited or taken back stays free.
    """

    battle = models.ForeignKey(
        Battle, models.CASCADE, related_name="turns", verbose_name=_("battle")
    )
    number = models.PositiveSmallIntegerField(_("number"), default=0)
    prompt = models.TextField(_("prompt"))
    image = models.ForeignKey(
        Image, models.PROTECT, related_name="turns", verbose_name=_("image"), null=True, blank=True
    )
    """None in a later turn that brings no image."""
    sample = models.CharField(_("sample picture"), max_length=100, blank=True)
    sample_stratum = models.CharField(
        _("stratum of the sample"), max_length=60, blank=True, default="", db_default=""
    )
    """The exam's task and the number of things in the picture; empty for any other question."""
    picture_probability = models.FloatField(_("probability of the picture"), null=True, blank=True)
    """The probability with which the sample was chosen among ``picture_candidates`` that had come
    at random; None where no choice is known, as for a picture of the voter's own."""
    picture_candidates = models.PositiveSmallIntegerField(
        _("pictures to choose from"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["battle", "number"], name="battles_turn_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.battle_id}/{self.number}"

    @property
    def images(self) -> list[Image]:
        """Return its images in the voter's order."""
        first = [self.image] if self.image else []
        return [*first, *(row.image for row in self.further.all())]


class FurtherImage(models.Model):
    """An image of a turn behind the first one."""

    turn = models.ForeignKey(Turn, models.CASCADE, related_name="further", verbose_name=_("turn"))
    position = models.PositiveSmallIntegerField(_("position"))
    image = models.ForeignKey(
        Image, models.PROTECT, related_name="further_turns", verbose_name=_("image")
    )

    class Meta:
        verbose_name = _("further image")
        verbose_name_plural = _("further images")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "position"], name="battles_further_position_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.turn_id}/{self.position}"


class Generation(models.Model):
    """The answer of one side. The row has state, attempt and fence; Redis has lease and stream."""

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
    betrays = models.BooleanField(_("names its model"), default=False)
    reasoning = models.TextField(_("reasoning"), blank=True, default="", db_default="")
    """The trace before the answer: no part of it, and shown to nobody before the vote."""
    reasoning_tokens = models.PositiveIntegerField(_("reasoning tokens"), default=0, db_default=0)
    detections = models.JSONField(_("places"), null=True, blank=True, editable=False)
    """The ``Detection``s of the answer as JSON; None where its version declares no format."""
    # Counts of ``arena.battles.style``: no content, so they stay when the text is erased. Empty for
    # an answer that has not ended.
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
