"""The content of a battle's pages: both sides before the vote, the names after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from arena.battle_pages.words import failure_messages, sample_hint
from arena.battles.lockstep import VisibleState, settled_parts
from arena.battles.models import Battle, Generation, Turn
from arena.battles.selectors import pairing
from arena.battles.selectors.conversation import turns_of
from arena.battles.selectors.reading import first_turn, generations_of, shown_at_stop, shown_code
from arena.battles.selectors.samples import sample_about
from arena.battles.states import BattleMode, BattleState, GenerationState, Pacing
from arena.catalog.selectors import public_cards
from arena.catalog.states import CardState
from arena.catalog.words import first_sentences, in_readers_language
from arena.core.errors import NotFound
from arena.core.text import strip_unsafe_characters
from arena.rendering.markdown import render
from inference_worker.wire.detections import UNREAD


def shown_text(battle: Battle, side: str) -> str:
    """Return the text of a side's newest answer as its model wrote it: of what is still running, or
    was stopped in step, no more than the page shows. Raises NotFound for another side."""
    generations = generations_of(battle)
    for row, answer in zip(generations, _seen(battle, generations), strict=True):
        if row.side == side:
            return answer.text
    raise NotFound


def _seen(battle: Battle, generations: Sequence[Generation]) -> list[VisibleState]:
    names = {GenerationState.QUEUED: "waiting", GenerationState.RUNNING: "streaming"}
    seen = [
        VisibleState(
            names.get(GenerationState(row.state), row.state),
            strip_unsafe_characters(row.text),
            shown_code(row),
        )
        for row in generations
    ]
    if battle.pacing != Pacing.VEILED:
        return seen
    if battle.state == BattleState.GENERATING:  # the socket says what may be shown by now
        return [VisibleState("waiting", "", "")] * len(seen)
    return settled_parts(seen, shown_at_stop(generations))


def panes(battle: Battle, generations: Sequence[Generation]) -> list[dict[str, Any]]:
    """Return what the page shows of the sides: in a blind battle nothing that names a model."""
    named = battle.mode != BattleMode.BLIND
    shown, failures = [], failure_messages()
    for row, (state, text, code) in zip(generations, _seen(battle, generations), strict=True):
        places = [place for place in row.detections or [] if place.get("end", 0) <= len(text)]
        model = None
        if named:
            card = row.version.card
            model = {"name": card.name, "url": reverse(settings.MODEL_PAGE, args=[card.slug])}
        shown.append(
            {
                "side": row.side,
                "model": model,
                "state": state,
                "html": render(text),
                "code": code,
                "failure": failures.get(code, "") if state == GenerationState.FAILED else "",
                "places_json": json.dumps(places),
                "unread": any(place.get("kind") == UNREAD for place in places),
            }
        )
    return shown


def conversation(battle: Battle, generations: Sequence[Generation]) -> dict[str, Any]:
    """Return the battle's questions in order, the newest by itself, and each side's answers to
    those before it. The lists of both sides are equally long."""
    turns = list(turns_of(battle))
    newest, now = generations[0].turn_id, timezone.now()
    began = [row.queued_at for row in generations if row.queued_at]
    before = Generation.objects.filter(turn__battle=battle).exclude(turn=newest)
    answers = {
        (row.turn_id, row.side): {
            "html": render(strip_unsafe_characters(row.text)),
            "code": shown_code(row),
            "places_json": json.dumps(row.detections) if row.detections else "",
        }
        for row in before
    }
    nothing = {"html": "", "code": "", "places_json": ""}
    return {
        "turns": turns,
        "turn": turns[-1],
        "in_sight": _in_sight(battle, turns),
        # Since the newest question was asked: the same for both sides.
        "seconds": max((int((now - one).total_seconds()) for one in began), default=0),
        # Each with the last turn that it was asked about in.
        "pictures": list(
            {image.pk: (image, turn) for turn in turns for image in turn.images}.values()
        ),
        "earlier": [
            {
                "turn": turn,
                "number": number,
                "in_sight_json": json.dumps(_in_sight(battle, turns[:number])),
                "a": answers.get((turn.pk, "a"), nothing),
                "b": answers.get((turn.pk, "b"), nothing),
            }
            for number, turn in enumerate(turns[:-1], 1)
        ],
    }


def _in_sight(battle: Battle, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return the pictures that the answer to the last of these turns can point into."""
    newest = next((turn.images for turn in reversed(turns) if turn.images), [])
    return [
        {
            "url": reverse("battles:images", args=[battle.public_id, image.digest]),
            "width": image.width,
            "height": image.height,
        }
        for image in newest
        if image.removed_at is None
    ]


def reveal(generations: Sequence[Generation], choice: str) -> list[dict[str, Any]]:
    """Return the names behind the sides, for a battle that has its vote. ``generations`` are those
    of all turns, the newest first; tokens and times are added up."""
    newest = {generation.side: generation for generation in reversed(generations)}
    return [
        {
            "side": generation.side,
            "name": generation.version.card.name,
            "slug": generation.version.card.slug,
            "organization": generation.version.card.organization,
            "license": generation.version.card.license,
            "url": reverse(settings.MODEL_PAGE, args=[generation.version.card.slug]),
            "preferred": choice == generation.side,
            "traces": [
                {"text": row.reasoning, "tokens": row.reasoning_tokens}
                for row in reversed(generations)
                if row.side == generation.side and row.reasoning
            ],
        }
        for _side, generation in sorted(newest.items())
    ]


def choice_of_models(chosen: Sequence[str]) -> dict[str, Any]:
    """Return the models that may be asked by name now, with those that are chosen already; one that
    may not be is only said to be missing."""
    askable = pairing.askable_versions()
    known = [slug for slug in chosen if slug in askable][:2]
    return {
        "models": [version.card for version in askable.values()],
        "chosen": {
            "first": "",
            "second": "",
            **dict(zip(("first", "second"), known, strict=False)),
        },
        "missing": len(known) < len([slug for slug in chosen if slug][:2]),
        "models_ready": bool(askable),
    }


SUMMARY_SENTENCES = 2
"""The start page shows as many of what a model can't see; its own page has the rest."""


def model_limits() -> list[dict[str, Any]]:
    """Return how the limits of the active models begin, each with the ``models`` that say so: their
    names and pages. The ``text`` is in the reader's language where it comes with the software."""
    cards = public_cards().filter(state=CardState.ACTIVE).exclude(limits="").order_by("name")
    lines: dict[str, list[dict[str, str]]] = {}
    for name, slug, limits in cards.values_list("name", "slug", "limits"):
        text = in_readers_language(first_sentences(limits, SUMMARY_SENTENCES))
        page = {"name": name, "url": reverse(settings.MODEL_PAGE, args=[slug])}
        lines.setdefault(text, []).append(page)
    return [{"text": text, "models": models} for text, models in lines.items()]


def offer(sample: str) -> dict[str, str]:
    """Return what the page needs to show a sample. Raises NotFound if it is no longer known."""
    about = sample_about(sample)
    if not about:
        raise NotFound
    return {
        "id": sample,
        "prompt": about["prompt"],
        "alt": about["alt"],
        "category": about["category"],
        "url": reverse("battles:sample_image", args=[sample]),
        "hint": sample_hint(about.get("stratum", "")),
    }


def picture_again(battle: Battle, *, with_question: bool = False) -> dict[str, str] | None:
    """A battle's picture for one more question, or for the same one to change; None for a picture
    that is gone.

    A sample stays a sample: sent as a file it would count as a picture of the voter's own.
    """
    turn = first_turn(battle)
    asked = {"asked": turn.prompt} if with_question else {}
    sample = turn.sample
    if not sample:
        if turn.image is None or turn.image.removed_at:
            return None
        return {"url": reverse("battles:image", args=[battle.public_id]), **asked}
    try:
        return {**offer(sample), **asked}
    except NotFound:
        return None
