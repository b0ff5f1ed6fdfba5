"""Read shared battles, and what may be shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from django.utils import translation

from arena.battles.models import Battle, Generation, Image, Turn
from arena.battles.selectors.conversation import conversation_images, image_of, turns_of
from arena.battles.selectors.pictures import public_bytes, regions_in
from arena.battles.selectors.reading import generations_of
from arena.battles.states import BattleState, Choice, Clearance
from arena.core.errors import NotFound
from arena.core.text import strip_unsafe_characters
from arena.rendering.markdown import render
from arena.reveal.models import SharedBattle
from arena.reveal.preview import draw_preview, drawn_language

MOST_LISTED = 500
"""The newest public pages of a voter that are listed."""


@dataclass(frozen=True, slots=True)
class SharedTurn:
    """A question, its pictures by their place in the battle, both answers as sanitised HTML, by
    side."""

    turn: Turn
    pictures: list[tuple[int, Image]]
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class SharedPage:
    """The content of a shared page. ``answers`` are those to the newest question."""

    shared: SharedBattle
    battle: Battle
    turns: list[SharedTurn]
    answers: list[Generation]
    choice: str

    @property
    def choice_words(self) -> str:
        """Return the voter's choice in the reader's language."""
        return str(Choice(self.choice).label)

    @property
    def prompt(self) -> str:
        """Return the first question."""
        return self.turns[0].turn.prompt


@dataclass(frozen=True, slots=True)
class OwnPublicPage:
    """A public page as its voter finds it in the list of all of them."""

    public_id: str
    token: str
    shared_at: datetime
    prompt: str


def may_be_shared(battle: Battle) -> bool:
    """Return whether all of a battle is there and may be seen by everybody.

    This is the one place that decides it: a verdict of moderation or an erasure ends a shared page.
    """
    if battle.clearance != Clearance.CLEAR or battle.unlisted:
        return False
    if battle.state != BattleState.VOTED or battle.erased_at is not None:
        return False
    digests = conversation_images(battle)
    pictures = Image.objects.filter(pk__in=digests, removed_at__isnull=True).count()
    gone = Q(prompt="") | Q(generations__text="")
    return pictures == len(set(digests)) and not battle.turns.filter(gone).exists()


def shared_page(token: str) -> SharedPage:
    """Return the page of this address. Raises NotFound also where it may not be seen any more."""
    shared = _shared(token)
    battle = shared.battle
    answers: dict[int, dict[str, str]] = {}
    for row in Generation.objects.filter(turn__battle=battle):
        html = render(strip_unsafe_characters(row.text))
        answers.setdefault(row.turn_id, {})[row.side] = html
    places = count()
    turns = [
        SharedTurn(turn, [(next(places), image) for image in turn.images], answers[turn.pk])
        for turn in turns_of(battle)
    ]
    return SharedPage(shared, battle, turns, generations_of(battle), battle.vote.choice)


def shared_picture(token: str, place: int) -> tuple[Battle, Image]:
    """Return a shared battle and an image of it, by its place in the battle: its digest would lead
    from what is blurred to a copy that is not. Raises NotFound as ``shared_page`` does."""
    battle = _shared(token).battle
    images = [image for turn in turns_of(battle) for image in turn.images]
    if place >= len(images):
        raise NotFound
    return battle, images[place]


def _shared(token: str) -> SharedBattle:
    shared = SharedBattle.objects.select_related("battle__vote").filter(token=token).first()
    if shared is None or not may_be_shared(shared.battle):
        raise NotFound
    return shared


def own_shared(voter: UUID | None) -> list[OwnPublicPage]:
    """Return the public pages that this voter has made, the newest first."""
    first = Turn.objects.filter(battle=OuterRef("battle"), number=0)
    rows = SharedBattle.objects.filter(battle__voter=voter).annotate(
        prompt=Subquery(first.values("prompt")[:1])
    )
    found = rows.order_by("-pk").values_list("battle__public_id", "token", "created_at", "prompt")
    return [
        OwnPublicPage(public_id, token, shared_at, strip_unsafe_characters(prompt or ""))
        for public_id, token, shared_at, prompt in found[:MOST_LISTED]
    ]


def token_of(battle: int) -> str:
    """Return the address of a battle's shared page; empty where it has none."""
    rows = SharedBattle.objects.filter(battle=battle)
    return rows.values_list("token", flat=True).first() or ""


def first_picture(page: SharedPage) -> Image:
    """Return the picture that stands for a shared battle."""
    return image_of(page.battle, "")


def preview_of(page: SharedPage, image: Image) -> bytes:
    """Return the picture of a page for messengers. Raises PictureRemoved and FacesUnknown."""
    names = {answer.side: answer.version.card.name for answer in page.answers}
    chosen = {"a", "b"} if page.choice == Choice.TIE else {page.choice}
    shown = public_bytes(image, regions_in(page.battle.pk, image))
    with translation.override(drawn_language()):
        return draw_preview(shown, names, chosen, page.choice_words)
