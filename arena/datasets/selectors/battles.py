"""Battles that may be published: their voter agreed, and all of their content is still there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from arena.battles.models import Battle, FurtherImage, Generation, Image, Turn
from arena.battles.selectors.pictures import PictureRemoved, public_bytes
from arena.battles.states import BattleState, Clearance, GenerationState
from arena.core.faces import FacesUnknown
from arena.datasets.records import (
    Pseudonyms,
    PublicAnswer,
    PublicBattle,
    PublicEntry,
    PublicImage,
    PublicTurn,
)
from arena.datasets.selectors.ledger import label_values, public_entries, public_versions
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.entries import STYLE_COLUMNS
from arena.ledger.states import EntryKind
from inference_worker.wire.messages import SIDES

PAGE = 40
"""Battles in memory at a time, with their pictures."""
PICTURES = 32
"""Pictures that are kept in memory, since a sample picture stands in many battles."""


def publishable(after: int, upto: int) -> QuerySet[LedgerEntry]:
    """Return the entries behind a number of votes whose battle may be published.

    The voter agreed when the battle began, moderation lets it be published, and no answer, question
    or picture of it is gone.
    """
    battle = OuterRef("vote__battle")
    gone = Turn.objects.filter(Q(prompt="") | Q(image__removed_at__isnull=False), battle=battle)
    further = FurtherImage.objects.filter(image__removed_at__isnull=False, turn__battle=battle)
    silent = Generation.objects.filter(
        Q(text="") | ~Q(state=GenerationState.ENDED), turn__battle=battle
    )
    return LedgerEntry.objects.filter(
        ~Exists(gone),
        ~Exists(further),
        ~Exists(silent),
        Exists(Turn.objects.filter(battle=battle)),
        kind=EntryKind.VOTE,
        number__gt=after,
        number__lte=upto,
        vote__battle__publish=True,
        vote__battle__clearance=Clearance.CLEAR,
        vote__battle__state=BattleState.VOTED,
        vote__battle__erased_at=None,
    )


def published_digests(upto: int) -> Iterator[str]:
    """Yield the digest of each picture of a battle that may be published."""
    battles = publishable(0, upto).values("vote__battle")
    first = Turn.objects.filter(battle__in=battles, image__isnull=False).order_by()
    further = FurtherImage.objects.filter(turn__battle__in=battles).order_by()
    digest = "image__public_digest" if settings.BLUR_FACES else "image"
    found = first.values_list(digest, flat=True).union(further.values_list(digest, flat=True))
    yield from found.iterator()


def unseen_pictures(upto: int) -> list[Image]:
    """Return the pictures of battles that may be published in which nobody has looked for faces."""
    battles = publishable(0, upto).values("vote__battle")
    first = Turn.objects.filter(battle__in=battles).values("image")
    further = FurtherImage.objects.filter(turn__battle__in=battles).values("image")
    return list(Image.objects.filter(Q(pk__in=first) | Q(pk__in=further), faces__isnull=True))


def battle_pages(
    after: int, upto: int, names: Pseudonyms, since: int = 0, lacking: Sequence[int] = ()
) -> Iterator[tuple[int, int, list[PublicBattle]]]:
    """Yield pages of battles whose votes stand behind a number: first those of ``lacking``, which
    end at ``since``, then all that are behind it.

    With each come the last number that it reaches and how many may be published: a battle whose
    picture can't be read from the storage any more is left out.
    """
    versions, labels = public_versions(), label_values()
    read = lru_cache(maxsize=PICTURES)(_read)
    for page, end in _numbers(after, upto, since, lacking):
        entries = LedgerEntry.objects.filter(number__in=page)
        facts = public_entries(entries, upto, names, versions, labels)
        votes = {entry.vote_number: entry for entry in facts}
        generations = Generation.objects.order_by("side")
        turns = Turn.objects.select_related("image").order_by("number")
        further = FurtherImage.objects.select_related("image")
        turns = turns.prefetch_related(
            Prefetch("generations", generations), Prefetch("further", further)
        )
        rows = (
            Battle.objects.select_related("vote")
            .prefetch_related(Prefetch("turns", turns))
            .filter(vote__in=votes)
        )
        by_vote = {battle.vote.pk: battle for battle in rows}
        found = (_public(by_vote[vote], entry, names, read) for vote, entry in votes.items())
        yield end, len(page), [battle for battle in found if battle is not None]


def _numbers(
    after: int, upto: int, since: int, lacking: Sequence[int]
) -> Iterator[tuple[list[int], int]]:
    """Yield the ledger numbers of each page, and the number that it reaches."""
    later = [number for number in lacking if number > after]
    for begin in range(0, len(later), PAGE):
        wanted = later[begin : begin + PAGE]
        still = publishable(after, since).filter(number__in=wanted).order_by("number")
        yield list(still.values_list("number", flat=True)), wanted[-1]
    after = max(after, since)
    while after < upto:
        numbers = publishable(after, upto).order_by("number").values_list("number", flat=True)
        page = list(numbers[:PAGE])
        after = page[-1] if len(page) == PAGE else upto
        yield page, after


def _public(
    battle: Battle, entry: PublicEntry, names: Pseudonyms, read: Callable[[Image], bytes | None]
) -> PublicBattle | None:
    turns = [_turn(turn, read) for turn in battle.turns.all()]
    whole = [turn for turn in turns if turn is not None]
    if len(whole) != len(turns):
        return None
    return PublicBattle(
        battle_id=names.battle(battle.pk),
        entry=entry,
        voted_at=battle.vote.created_at,
        conditions=battle.conditions,
        pacing=battle.pacing,
        consent_version=battle.consent_version,
        turns=whole,
    )


def _turn(turn: Turn, read: Callable[[Image], bytes | None]) -> PublicTurn | None:
    found = [(image, read(image)) for image in turn.images]
    images = [
        PublicImage(
            image.public_digest if settings.BLUR_FACES else image.digest,
            image.mime,
            image.width,
            image.height,
            data,
        )
        for image, data in found
        if data is not None
    ]
    answers = {
        one.side: PublicAnswer(
            text=one.text,
            tokens=one.tokens,
            first_text_ms=one.first_text_ms,
            total_ms=one.total_ms,
            finish=one.finish,
            names_model=one.betrays,
            style=[getattr(one, name) for name in STYLE_COLUMNS.values()],
            reasoning=one.reasoning,
            reasoning_tokens=one.reasoning_tokens,
            places=one.detections or [],
        )
        for one in turn.generations.all()
    }
    if len(images) != len(found) or answers.keys() != set(SIDES):
        return None
    return PublicTurn(
        prompt=turn.prompt,
        images=images,
        sample=bool(turn.sample),
        answers=answers,
    )


def _read(image: Image) -> bytes | None:
    """Return what is published of a picture; None where its file is gone, and where nobody has
    looked at it for faces."""
    try:
        return public_bytes(image)
    except (OSError, PictureRemoved, FacesUnknown):
        return None
