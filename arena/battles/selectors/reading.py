"""Reading battles. In a request, ``battle_for`` is the only way to get one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Count, Exists, Min, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from arena.battles.lockstep import most_characters, settled_at
from arena.battles.models import AnswerReport, Battle, Generation, Turn, Vote
from arena.battles.states import (
    LIVE_GENERATIONS,
    OPEN_STATES,
    BattleMode,
    BattleState,
    GenerationState,
    Pacing,
)
from arena.catalog.models import ModelVersion
from arena.catalog.naming import CardIdentity
from arena.core.errors import NotFound
from arena.voters.models import Voter
from inference_worker.wire.events import CUTS

# The conditions of both partial indexes in their very words: SQLite takes an index for a list of
# parameters never, and would go through all battles that ever were.
_LIVE = RawSQL("battles_generation.state IN ('queued', 'running')", [], BooleanField())


_OPEN = RawSQL(
    "NOT battles_battle.state IN ('voted', 'skipped', 'expired')"
    " AND battles_battle.state NOT IN ('agreed', 'discarded') AND NOT battles_battle.prepared",
    [],
    BooleanField(),
)


_PREPARED = RawSQL(
    "battles_battle.prepared"
    " AND battles_battle.state IN ('generating', 'voting', 'failed', 'stopped')",
    [],
    BooleanField(),
)


_UNCHECKED = RawSQL("battles_battle.clearance = 'unchecked'", [], BooleanField())


def battle_for(voter: UUID | None, public_id: str) -> Battle:
    """Raises NotFound for an absent battle and for somebody else's: the answers look the same.

    ``voter`` is the identity that the browser has proved; its row need not be read. A prepared
    battle is nobody's before it is shown.
    """
    own = Battle.objects.filter(public_id=public_id, voter=voter, prepared=False)
    battle = own.first() if voter else None
    if battle is None:
        raise NotFound
    return battle


def open_battle(voter: Voter | None) -> Battle | None:
    """The newest blind battle that this voter has left unfinished."""
    if voter is None:
        return None
    rows = Battle.objects.filter(voter=voter, mode=BattleMode.BLIND, state__in=OPEN_STATES)
    return rows.filter(prepared=False).first()


def prepared_battles() -> QuerySet[Battle]:
    """Return the battles that are prepared and neither shown nor over, out of their index."""
    return Battle.objects.filter(_PREPARED).order_by("created_at")


def first_turn(battle: Battle) -> Turn:
    """Return the battle's first turn with its first image."""
    return battle.turns.select_related("image").order_by("number")[0]


def newest_generations(battle: Battle) -> QuerySet[Generation]:
    """Return both sides of the battle's newest turn."""
    turns = Turn.objects.filter(battle=battle).order_by("-number")
    return Generation.objects.filter(turn=turns.values("pk")[:1])


def generations_of(battle: Battle) -> list[Generation]:
    """Return both sides of the newest turn, a before b, with everything that a dispatch needs."""
    rows = newest_generations(battle)
    return list(rows.select_related("version__card", "turn__battle", "turn__image"))


def asked_slugs(battle: Battle) -> list[str]:
    """Return the slugs of the models that a battle was put to by name, side a first; none for a
    blind battle."""
    if battle.mode == BattleMode.BLIND:
        return []
    return [row.version.card.slug for row in generations_of(battle)]


def answers_of(battle: Battle) -> list[str]:
    """Return the texts of all answers of a battle, over all its turns."""
    rows = Generation.objects.filter(turn__battle=battle).exclude(text="").order_by("pk")
    return list(rows.values_list("text", flat=True))


def live_generations() -> QuerySet[Generation]:
    """Return all sides that are waiting or answering, with everything that a dispatch needs."""
    rows = Generation.objects.filter(_LIVE)
    return rows.select_related("version__card", "turn__battle", "turn__image")


def held_battles() -> QuerySet[Battle]:
    """Return the veiled battles whose answers are over and not shown whole yet, out of the index of
    open ones."""
    running = Generation.objects.filter(turn__battle=OuterRef("pk"), state__in=LIVE_GENERATIONS)
    rows = Battle.objects.filter(_OPEN, state=BattleState.GENERATING, pacing=Pacing.VEILED)
    return rows.exclude(Exists(running))


def asked_at(generations: Sequence[Generation]) -> datetime | None:
    """Return when the newest question was asked; None where no side has been queued."""
    return min((row.queued_at for row in generations if row.queued_at), default=None)


def hold_seconds(generations: Sequence[Generation], now: datetime) -> float:
    """Return for how long two answers that are over are not shown whole yet in a veiled battle."""
    asked = asked_at(generations)
    ends = [row.ended_at for row in generations if row.ended_at]
    if asked is None or not ends:
        return 0.0
    over = (max(ends) - asked).total_seconds()
    shown = settled_at([len(row.text) for row in generations], over)
    return shown - (now - asked).total_seconds()


def shown_at_stop(generations: Sequence[Generation]) -> int:
    """Return how many characters a veiled battle can have shown when it was stopped."""
    asked = asked_at(generations)
    stops = [
        row.ended_at for row in generations if row.ended_at and row.state == GenerationState.STOPPED
    ]
    return most_characters((min(stops) - asked).total_seconds()) if asked and stops else 0


def stale_battles(now: datetime) -> QuerySet[Battle]:
    """Battles that nobody finished in time, the oldest first, as their index has them. The time
    runs from the newest question."""
    before = now - timedelta(minutes=settings.BATTLE_MINUTES)
    asked = Generation.objects.filter(turn__battle=OuterRef("pk"), queued_at__gte=before)
    stale = Battle.objects.filter(_OPEN, created_at__lt=before).exclude(Exists(asked))
    return stale.order_by("created_at")


def unchecked_battles(limit: int, *, after: int = 0) -> QuerySet[Battle]:
    """Return battles with a vote whose answers no moderator has judged, out of their index: the
    oldest behind this one."""
    rows = Battle.objects.filter(_UNCHECKED, state=BattleState.VOTED, pk__gt=after)
    return rows.order_by("pk")[:limit]


def live_counts() -> dict[tuple[str, str], int]:
    """Count the sides that wait or answer, by state and queue, out of the index of live ones."""
    rows = Generation.objects.filter(_LIVE).order_by()
    counts = rows.values_list("state", "version__card__queue").annotate(Count("pk"))
    return {(state, queue): count for state, queue, count in counts}


def live_by_card() -> dict[int, int]:
    """Count the sides that wait or answer, by the key of their card, out of the index of live
    ones."""
    rows = Generation.objects.filter(_LIVE).order_by()
    return dict(rows.values_list("version__card").annotate(Count("pk")))


def oldest_queued() -> datetime | None:
    """Return the time since which the longest waiting side has been in its queue."""
    rows = Generation.objects.filter(_LIVE, state=GenerationState.QUEUED)
    oldest: datetime | None = rows.aggregate(oldest=Min("queued_at"))["oldest"]
    return oldest


def open_counts() -> dict[str, int]:
    """Count the battles that nobody has finished, by state, out of the index of open ones."""
    rows = Battle.objects.filter(_OPEN).order_by()
    return dict(rows.values_list("state").annotate(Count("pk")))


def card_identity(version: ModelVersion) -> CardIdentity:
    """Return what the catalogue says of who answers: its card's words and its source."""
    card = version.card
    return CardIdentity(card.name, card.slug, card.organization, version.source)


def reported_sides(battle: Battle) -> set[str]:
    """Return the sides whose answer the voter has reported."""
    return set(AnswerReport.objects.filter(battle=battle).values_list("side", flat=True))


def stored_vote(battle: Battle) -> Vote | None:
    """The battle's vote, if it has one."""
    return Vote.objects.filter(battle=battle).first()


def own_vote(voter: UUID | None, public_id: str) -> Vote:
    """Return the vote that this voter cast on a battle, with the battle.

    Raises NotFound where there is none, too.
    """
    rows = Vote.objects.select_related("battle").filter(battle__public_id=public_id)
    vote = rows.filter(voter=voter, battle__voter=voter).first() if voter else None
    if vote is None:
        raise NotFound
    return vote


def stored_choice(voter: UUID, public_id: str, mark: str) -> str | None:
    """Return the choice that is stored for a battle, None where it has no vote.

    Raises NotFound as ``battle_for`` does, and where the sign-in of this mark has ended.
    """
    rows = Battle.objects.filter(public_id=public_id, voter=voter, voter__sign_in_mark=mark)
    stored = rows.values_list("vote__choice").first()
    if stored is None:
        raise NotFound
    choice: str | None = stored[0]
    return choice


def voted_answers(voter: UUID | None, public_id: str) -> list[Generation]:
    """Return both sides of each turn of a battle that has its vote, a before b, the newest turn
    first, with the cards and the vote.

    Raises NotFound where there is no vote, too.
    """
    rows = Generation.objects.filter(turn__battle__public_id=public_id, turn__battle__voter=voter)
    voted = rows.filter(turn__battle__vote__isnull=False)
    ordered = voted.order_by("-turn__number", "side")
    answers = list(ordered.select_related("version__card", "turn__battle__vote")) if voter else []
    if not answers:
        raise NotFound
    return answers


def unvotable_answers(voter: UUID | None, public_id: str) -> list[Generation]:
    """Return both sides of a battle that was skipped or had two equal answers, a before b.

    Raises NotFound for every battle that has a vote or may still get one.
    """
    battle = battle_for(voter, public_id)
    if battle.state not in (BattleState.SKIPPED, BattleState.AGREED):
        raise NotFound
    rows = Generation.objects.filter(turn__battle=battle).order_by("-turn__number", "side")
    return list(rows.select_related("version__card"))


def shown_code(generation: Generation) -> str:
    """Return why a side failed or the arena stopped it, one of CUTS for an answer that the arena
    ended, or nothing."""
    if generation.state == GenerationState.ENDED:
        return generation.finish if generation.finish in CUTS else ""
    return generation.code
