"""The battles that a voter voted on or asked by name, the newest first, a page at a time.

Of blind battles only those with a vote are read, so that no name of a model is told before one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from arena.battles.models import Battle, Generation, Turn, Vote
from arena.battles.states import BattleMode, Choice
from arena.core.text import strip_unsafe_characters
from arena.ledger.selectors.events import LedgerEvent, last_events
from arena.ledger.states import ExclusionReason

PAGE = 20
MOST_WORDS = 100
"""Characters of a search that are looked for."""


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """An answer with the name of its model; ``chosen`` is the one that the voter preferred."""

    side: str
    name: str
    slug: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """A question with both answers, and the digests of its pictures that are still there."""

    number: int
    prompt: str
    pictures: list[str]
    answers: list[OwnAnswer]


@dataclass(frozen=True, slots=True)
class OwnBattle:
    """A battle as its voter sees it in the list, with the time of the vote or of the question.

    ``exclusion`` is the reason for which its vote does not count, empty for one that does.
    ``named`` says how it was asked where the models were chosen by name; it has no vote then.
    """

    public_id: str
    at: datetime
    choice: str
    exclusion: str
    named: str
    publish: bool
    erased: bool
    turns: list[OwnTurn]


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Battles of a page; ``before`` is where the next page begins, None on the last one."""

    battles: list[OwnBattle]
    before: int | None


def own_page(voter: UUID, *, words: str = "", before: int | None = None) -> OwnPage:
    """Return battles of a voter whose texts or models have these words, those behind a key."""
    listed = Q(vote__isnull=False) | ~Q(mode=BattleMode.BLIND)
    found = matching(Battle.objects.filter(listed, voter=voter), words.strip()[:MOST_WORDS])
    if before is not None:
        found = found.filter(pk__lt=before)
    turns = Turn.objects.select_related("image").order_by("number")
    answers = Generation.objects.select_related("version__card").order_by("side")
    rows = list(
        found.select_related("vote")
        .prefetch_related(
            Prefetch("turns", turns),
            Prefetch("turns__generations", answers),
            "turns__further__image",
        )
        .order_by("-pk")[: PAGE + 1]
    )
    more = rows[PAGE - 1].pk if len(rows) > PAGE else None
    votes: dict[int, Vote] = {row.pk: row.vote for row in rows[:PAGE] if hasattr(row, "vote")}
    events = last_events([vote.pk for vote in votes.values()])
    return OwnPage(
        [
            voted_battle(row, votes[row.pk], events.get(votes[row.pk].pk))
            if row.pk in votes
            else named_battle(row)
            for row in rows[:PAGE]
        ],
        more,
    )


def vote_count(voter: UUID | None) -> int:
    """Return how many votes this browser has cast."""
    return Vote.objects.filter(voter=voter).count() if voter else 0


def battle_count(voter: UUID) -> int:
    """Return how many battles of this browser still have their content, voted on or not."""
    return Battle.objects.filter(voter=voter, erased_at=None).count()


def own_keys(voter: UUID, public_ids: Collection[str]) -> list[int]:
    """Return the keys of those of the battles that are this voter's, voted on or not."""
    rows = Battle.objects.filter(voter=voter, public_id__in=public_ids)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def named_count(battles: Collection[int]) -> int:
    """Return how many of these battles were asked by name, so that they are never published."""
    return Battle.objects.filter(pk__in=battles).exclude(mode=BattleMode.BLIND).count()


def matching(battles: QuerySet[Battle], words: str) -> QuerySet[Battle]:
    if not words:
        return battles
    turns = Turn.objects.filter(battle=OuterRef("pk"), prompt__icontains=words)
    named = Q(text__icontains=words) | Q(version__card__name__icontains=words)
    answers = Generation.objects.filter(named, turn__battle=OuterRef("pk"))
    return battles.filter(Exists(turns) | Exists(answers))


def named_battle(battle: Battle) -> OwnBattle:
    return OwnBattle(
        public_id=battle.public_id,
        at=battle.created_at,
        choice="",
        exclusion="",
        named=str(battle.get_mode_display()),
        publish=False,
        erased=battle.erased_at is not None,
        turns=[own_turn(turn, "") for turn in battle.turns.all()],
    )


def voted_battle(battle: Battle, vote: Vote, event: LedgerEvent | None) -> OwnBattle:
    exclusion = ExclusionReason.BETRAYED.value if vote.betrayed else ""
    if event is not None:
        exclusion = "" if event.counts else event.reason
    return OwnBattle(
        public_id=battle.public_id,
        at=vote.created_at,
        choice=str(Choice(vote.choice).label),
        exclusion=exclusion,
        named="",
        publish=battle.publish,
        erased=battle.erased_at is not None,
        turns=[own_turn(turn, vote.choice) for turn in battle.turns.all()],
    )


def own_turn(turn: Turn, choice: str) -> OwnTurn:
    answers: Sequence[Generation] = list(turn.generations.all())
    return OwnTurn(
        number=turn.number,
        prompt=strip_unsafe_characters(turn.prompt),
        pictures=[image.digest for image in turn.images if image.removed_at is None],
        answers=[
            OwnAnswer(
                side=one.side,
                name=one.version.card.name,
                slug=one.version.card.slug,
                text=strip_unsafe_characters(one.text),
                chosen=choice == one.side,
            )
            for one in answers
        ],
    )
