"""Reading the conversation of a battle: its turns, and what a side has before it."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from arena.battles.models import Battle, FurtherImage, Generation, Image, Turn
from arena.core.errors import NotFound
from inference_worker.wire.messages import EarlierTurn


def turns_of(battle: Battle) -> QuerySet[Turn]:
    """Return the turns of a battle, the oldest first, with their images."""
    further = FurtherImage.objects.select_related("image")
    rows = battle.turns.select_related("image").order_by("number")
    return rows.prefetch_related(Prefetch("further", further))


def earlier_turns(generation: Generation) -> tuple[EarlierTurn, ...]:
    """Return what this side's model is told of the turns before: its own answers alone."""
    if generation.turn.number == 0:
        return ()
    answers = Generation.objects.filter(side=generation.side)
    before = turns_of(generation.turn.battle).filter(number__lt=generation.turn.number)
    return tuple(
        EarlierTurn(
            prompt=turn.prompt,
            images=tuple(image.digest for image in turn.images),
            answer=next((one.text for one in turn.generations.all()), ""),
        )
        for turn in before.prefetch_related(Prefetch("generations", answers))
    )


def conversation_images(battle: Battle) -> list[str]:
    """Return the digests of all images of a battle, in the order of the conversation."""
    return [image.digest for turn in turns_of(battle) for image in turn.images]


def words_so_far(battle: Battle) -> list[str]:
    """Return, for each side, all words of the conversation that stand before one more question."""
    said: dict[str, list[str]] = {}
    rows = Generation.objects.filter(turn__battle=battle).order_by("turn__number", "side")
    for side, prompt, text in rows.values_list("side", "turn__prompt", "text"):
        said.setdefault(side, []).extend((prompt, text))
    return ["\n".join(words) for words in said.values()]


def image_of(battle: Battle, digest: str) -> Image:
    """Return an image of the battle; without a digest the first one. Raises NotFound."""
    images = (image for turn in turns_of(battle) for image in turn.images)
    found = next((image for image in images if digest in ("", image.digest)), None)
    if found is None:
        raise NotFound
    return found
