"""One function per model: a stored row with everything it needs, and only what a test names set."""

from __future__ import annotations

import itertools
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from arena.battles.models import Battle, Generation, Image, Turn, UnfoldedVote, Vote
from arena.battles.states import BattleState, Choice, GenerationState
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.states import CardState, ProbeResult
from arena.core.redis import client
from arena.voters.models import Voter
from inference_worker.wire import blobs, keys, presence
from inference_worker.wire.messages import DEFAULT_QUEUE, SIDES
from inference_worker.wire.presence import WorkerReport

_numbers = itertools.count(1)

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)
"""A PNG of one white pixel."""

CONDITIONS = {"max_new_tokens": 64, "max_characters": 2000, "temperature": 0.0, "seconds": 30.0}


def make_voter(**fields) -> Voter:
    return Voter.objects.create(**fields)


def make_card(slug=None, **fields) -> ModelCard:
    slug = slug or f"model-{next(_numbers)}"
    return ModelCard.objects.create(
        **{"slug": slug, "name": slug.title(), "state": CardState.ACTIVE, **fields}
    )


def make_version(card=None, **fields) -> ModelVersion:
    card = card or make_card()
    given = {"number": card.versions.count() + 1, "source": f"shipped:{card.slug}"}
    return ModelVersion.objects.create(
        card=card, **{**given, "probe": ProbeResult.PASSED, **fields}
    )


def make_models(*slugs) -> list[ModelVersion]:
    """Active cards of these names, each with a version that can be drawn."""
    return [make_version(make_card(slug)) for slug in slugs]


def make_image(data=PIXEL) -> Image:
    digest = blobs.digest(data)
    given = {"mime": "image/png", "width": 1, "height": 1, "size": len(data)}
    file = ContentFile(data, name=f"{digest}.png")
    return Image.objects.get_or_create(digest=digest, defaults={**given, "file": file})[0]


def make_turn(battle=None, **fields) -> Turn:
    given = {"prompt": "What is in the picture?"}
    fields.setdefault("image", None)
    fields["image"] = fields["image"] or make_image()
    return Turn.objects.create(battle=battle or make_battle_row(), **{**given, **fields})


def make_battle_row(voter=None, **fields) -> Battle:
    """A battle without turns."""
    given = {"draw_policy": "uniform", "draw_probability": 1.0, "conditions": CONDITIONS}
    return Battle.objects.create(voter=voter or make_voter(), **{**given, **fields})


def make_generation(turn, side, version, **fields) -> Generation:
    given = {"state": GenerationState.ENDED, "text": f"I am side {side}.", "finish": "stop"}
    return Generation.objects.create(turn=turn, side=side, version=version, **{**given, **fields})


def make_battle(version_a=None, version_b=None, *, a=None, b=None, **fields) -> Battle:
    """Both answers have ended and the vote is open; ``a`` and ``b`` are fields of the answers."""
    battle = make_battle_row(**{"state": BattleState.VOTING, **fields})
    turn = make_turn(battle)
    make_generation(turn, "a", version_a or make_version(), **(a or {}))
    make_generation(turn, "b", version_b or make_version(), **(b or {}))
    return battle


def make_vote(version_a=None, version_b=None, choice=Choice.A, **fields) -> Vote:
    """A vote that isn't in the ledger yet, on a battle of its own."""
    return store_vote(make_battle(version_a, version_b, state=BattleState.VOTED, **fields), choice)


def make_votes(*compared: tuple[ModelVersion, ModelVersion, str]) -> list[Vote]:
    """What ``make_vote`` makes of each, the oldest first, in six statements for all of them."""
    image, ended = make_image(), {"state": GenerationState.ENDED, "finish": "stop"}
    voters = Voter.objects.bulk_create(Voter() for _ in compared)
    given = {"draw_policy": "uniform", "draw_probability": 1.0, "conditions": CONDITIONS}
    battles = Battle.objects.bulk_create(
        Battle(voter=voter, state=BattleState.VOTED, **given) for voter in voters
    )
    turns = Turn.objects.bulk_create(
        Turn(battle=battle, image=image, prompt="What is in the picture?") for battle in battles
    )
    Generation.objects.bulk_create(
        Generation(turn=turn, side=side, version=version, text=f"I am side {side}.", **ended)
        for turn, pair in zip(turns, compared, strict=True)
        for side, version in zip(SIDES, pair[:2], strict=True)
    )
    with transaction.atomic(savepoint=False):
        votes = Vote.objects.bulk_create(
            Vote(battle=battle, voter=battle.voter, version_a=a, version_b=b, choice=choice)
            for battle, (a, b, choice) in zip(battles, compared, strict=True)
        )
        UnfoldedVote.objects.bulk_create(UnfoldedVote(vote=vote) for vote in votes)
    return votes


def store_vote(battle: Battle, choice=Choice.A) -> Vote:
    """A vote on the battle that waits for the ledger, as each new one does."""
    about = {"battle": battle, "voter": battle.voter, "choice": choice, **compared(battle)}
    with transaction.atomic(savepoint=False):
        vote = Vote.objects.create(**about)
        UnfoldedVote.objects.create(vote=vote)
    return vote


def compared(battle: Battle) -> dict[str, Any]:
    """What a vote says of the answers: both versions, and whether one named its model."""
    rows = Generation.objects.filter(turn__battle=battle)
    answers = list(rows.values_list("side", "version_id", "betrays"))
    versions = {f"version_{side}_id": version for side, version, _ in answers}
    return {**versions, "betrayed": any(betrays for _, _, betrays in answers)}


def ballot(battle: Battle) -> dict[str, Any]:
    """Whose vote it is and on what, as ``cast_vote`` asks for it."""
    return {"voter": battle.voter_id, "public_id": battle.public_id}


def make_worker(*queues, name="heron", limits=()) -> None:
    """A live worker that listens to these queues, or to the one of every card that names none."""
    report = WorkerReport(name, queues or (DEFAULT_QUEUE,), "cpu", (), 0, 0.0, limits=limits)
    presence.report(client(), report)
    client().persist(keys.worker(report.name))  # a slow test must not outlive it
