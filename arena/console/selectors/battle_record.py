"""Everything that belongs to a battle, as far as an account may see it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from arena.battles.models import Battle, Generation, Turn, Vote
from arena.battles.selectors.conversation import turns_of
from arena.battles.selectors.reading import shown_code
from arena.core.text import strip_unsafe_characters
from arena.ledger.selectors.events import entries_about
from arena.ledger.states import EntryKind
from arena.rendering.markdown import render
from arena.shadows.models import ShadowAnswer
from arena.shadows.selectors import shadows_of


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer with its model; ``html`` is what the voter saw of it."""

    generation: Generation
    html: SafeString
    code: str


@dataclass(frozen=True, slots=True)
class ShadowRecord:
    """An answer of a version on trial to the same question; no voter has seen it."""

    answer: ShadowAnswer
    html: SafeString


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn with both answers, and those of versions on trial.

    ``pictures`` are the addresses of its pictures that are there and may be seen, and
    ``hidden`` says that there are others.
    """

    prompt: str
    pictures: list[str]
    hidden: bool
    sample: str
    answers: list[AnswerRecord]
    shadows: list[ShadowRecord]


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """The vote, and whether it counts, in words."""

    vote: Vote
    standing: str
    url: str


@dataclass(frozen=True, slots=True)
class BattleRecord:
    """A battle with its turns and its vote; ``vote`` is None without one."""

    battle: Battle
    turns: list[TurnRecord]
    vote: VoteRecord | None
    sees_answers: bool
    sees_votes: bool


def battle_record(user: User, battle: Battle) -> BattleRecord:
    """Return what the account may see of a battle. At most nine queries."""
    sees_answers = user.has_perm("battles.view_generation")
    sees_votes = user.has_perm("battles.view_vote")
    sees_pictures = user.has_perm("labels.view_picture")
    turns = turns_of(battle)
    answers: dict[int, list[AnswerRecord]] = {}
    rows = Generation.objects.filter(turn__battle=battle).select_related("version__card")
    for answer in rows.order_by("turn", "side") if sees_answers else ():
        html = mark_safe(render(strip_unsafe_characters(answer.text)))  # noqa: S308  # sanitised there
        record = AnswerRecord(answer, html, shown_code(answer))
        answers.setdefault(answer.turn_id, []).append(record)
    sees_shadows = sees_answers and user.has_perm("shadows.view_shadowanswer")
    shadows: dict[int, list[ShadowRecord]] = {}
    for row in shadows_of(battle) if sees_shadows else ():
        html = mark_safe(render(strip_unsafe_characters(row.text)))  # noqa: S308  # sanitised there
        shadows.setdefault(row.turn_id, []).append(ShadowRecord(row, html))
    records = [
        TurnRecord(
            prompt=strip_unsafe_characters(turn.prompt),
            pictures=_pictures(turn) if sees_pictures else [],
            hidden=not sees_pictures or len(_pictures(turn)) < len(turn.images),
            sample=turn.sample,
            answers=answers.get(turn.pk, []),
            shadows=shadows.get(turn.pk, []),
        )
        for turn in turns
    ]
    vote = _vote(battle) if sees_votes else None
    return BattleRecord(battle, records, vote, sees_answers, sees_votes)


def _pictures(turn: Turn) -> list[str]:
    """Return the addresses of a turn's pictures that are still there."""
    there = [image for image in turn.images if not image.removed_at]
    address = reverse("admin:labels_picture", args=[turn.battle_id])
    return [f"{address}?image={image.digest}" for image in there]


def _vote(battle: Battle) -> VoteRecord | None:
    vote = Vote.objects.filter(battle=battle).select_related("unfolded", "voter").first()
    if vote is None:
        return None
    if vote.unlisted:
        standing = _("no: %(reason)s") % {"reason": _("on an unlisted model")}
    elif hasattr(vote, "unfolded"):
        standing = _("not yet: it waits for the ledger")
    else:
        entries = list(entries_about(vote.pk))
        last = entries[-1] if entries else None
        if last is None or last.kind != EntryKind.EXCLUSION:
            standing = _("yes")
        else:
            standing = _("no: %(reason)s") % {"reason": last.get_reason_display()}
    return VoteRecord(vote, standing, reverse("admin:battles_vote_change", args=[vote.pk]))
