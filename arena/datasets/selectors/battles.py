"""Battles that may be published: their voter agreed, and all of their content is still there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from arena.battles.models import Battle, FurtherImage, Generation, Image, Turn
from arena.battles.selectors.pictures import PictureRemoved, Regions, own_regions, public_bytes
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


def battle_pages(
    after: int, upto: int, names: Pseudonyms, since: int = 0, lacking: Sequence[int] = ()
) -> Iterator[tuple[int, int, list[PublicBattle]]]:
    """Yield pages of battles whose votes stand behind a number: first those of ``lacking``, which
    end at ``since``, then all that are behind it.

    With each come the last number that it reaches and how many may be published: a battle whose
    picture can't be read from the storage any more is left out.
    """
    versions, labels = public_versions(), label_values()
    read = lru_cache(maxsize=PICTURES)(public_image)
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
        own = own_regions([battle.pk for battle in rows])
        found = (_public(by_vote[vote], entry, names, own, read) for vote, entry in votes.items())
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
    battle: Battle,
    entry: PublicEntry,
    names: Pseudonyms,
    own: Mapping[tuple[int, str], Regions],
    read: Callable[[Image, Regions], PublicImage | None],
) -> PublicBattle | None:
    turns = []
    for turn in battle.turns.all():
        images = [read(image, own.get((battle.pk, image.digest), ())) for image in turn.images]
        turns.append(_turn(turn, [image for image in images if image is not None]))
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


def _turn(turn: Turn, images: list[PublicImage]) -> PublicTurn | None:
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
    if len(images) != len(turn.images) or answers.keys() != set(SIDES):
        return None
    return PublicTurn(
        prompt=turn.prompt,
        images=images,
        sample=bool(turn.sample),
        answers=answers,
    )


def public_image(image: Image, own: Regions) -> PublicImage | None:
    """Return what is published of a picture in a battle whose voter blurs these regions in it; None
    where its file is gone, and where nobody has looked at it for faces."""
    try:
        data = public_bytes(image, own)
    except (OSError, PictureRemoved, FacesUnknown):
        return None
    digest = image.public_digest if settings.BLUR_FACES else image.digest
    if own or image.marked:
        digest = hashlib.sha256(data).hexdigest()
    return PublicImage(digest, image.mime, image.width, image.height, data)
