"""The start of a battle: a question becomes two sides on their queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

from arena.battles.models import Battle, GateResult, Generation, Image
from arena.battles.selectors import pairing
from arena.battles.selectors.budgets import cards_used_up
from arena.battles.selectors.samples import NO_CHOICE, SampleChoice
from arena.battles.states import BattleMode, Clearance, Pacing
from arena.catalog.models import ModelVersion
from arena.core.images import PlainPicture
from arena.gates.attempts import BattleAttempt, GateReport
from arena.gates.moderators import configured_moderators
from arena.gates.selectors import cards_open_to
from arena.orchestration.services.affording import NoPlaceLeft, take_places
from arena.orchestration.services.moderating import review_if_asked
from arena.orchestration.services.rows import enqueue
from arena.orchestration.services.storing import new_turn, store_pictures
from arena.voters.models import Voter
from inference_worker.wire.messages import SIDES

CHOSEN = "chosen"
"""The draw policy of a battle whose models were chosen by name: nothing was drawn."""


@dataclass(frozen=True, slots=True)
class Lineup:
    """The versions that answer, side a first, and how they came to it."""

    versions: tuple[ModelVersion, ...]
    mode: BattleMode
    policy: str
    probability: float


@dataclass(frozen=True, slots=True)
class BattleInput:
    """The input of a turn: pictures made safe, the prompt, the sample that a picture came from."""

    picture: PlainPicture | None
    """The first picture; None in a later turn that brings none."""
    prompt: str
    sample: str = ""
    further: tuple[PlainPicture, ...] = ()
    choice: SampleChoice = NO_CHOICE
    """How the sample came to be shown."""

    @property
    def pictures(self) -> tuple[PlainPicture, ...]:
        """Return the pictures in the voter's order."""
        return ((self.picture,) if self.picture else ()) + self.further

    def asked_in(self, attempt: BattleAttempt) -> BattleAttempt:
        """Return the attempt to start a battle, with what it asks."""
        return replace(attempt, prompt=self.prompt, pictures=self.pictures, sample=self.sample)


def start_battle(
    *,
    voter: Voter,
    question: BattleInput,
    reports: Mapping[str, GateReport] | None = None,
    prepared: bool = False,
) -> Battle:
    """Draw a pair and put both sides on their queues once the rows are committed.

    Raises NotEnoughModels, and Unavailable when the picture can't be stored. The voter's consent is
    copied, and so is the pacing in force: a later change of either holds for later battles. What
    the gates said, by their names, is stored with the battle. A ``prepared`` one is shown to nobody
    yet, and its answers come behind those that somebody waits for.

    A pair of which a card's budget has no place left is drawn again without that card, so that the
    probability is that of the draw among those which had one.
    """
    shown = len(question.pictures)
    without, images = cards_used_up(question.prompt, pictures=shown), None
    invited = cards_open_to(voter.pk)
    while True:
        version_a, version_b, policy, probability = pairing.draw_matchup(without, invited=invited)
        lineup = Lineup((version_a, version_b), BattleMode.BLIND, policy, probability)
        images = store_pictures(question.pictures) if images is None else images
        try:
            return _begin(voter, question, images, lineup, reports or {}, prepared=prepared)
        except NoPlaceLeft as full:
            without = without | full.cards


def ask_by_name(
    *,
    voter: Voter,
    question: BattleInput,
    slugs: Sequence[str],
    reports: Mapping[str, GateReport] | None = None,
) -> Battle:
    """Put a question to one model or two that the voter chose by name, side a first.

    Such a battle takes no vote, is not published, and its names are known, so that nothing needs a
    veil. Raises UnclearChoice, NotAskable for a model that can't answer now, also for want of
    budget, and Unavailable when a picture can't be stored.
    """
    versions = pairing.chosen_versions(slugs)
    mode = BattleMode.ALONE if len(versions) == 1 else BattleMode.SIDE_BY_SIDE
    images = store_pictures(question.pictures)
    lineup = Lineup(versions, mode, policy=CHOSEN, probability=0)
    try:
        return _begin(voter, question, images, lineup, reports or {})
    except NoPlaceLeft as full:
        raise pairing.NotAskable from full


@transaction.atomic
def _begin(
    voter: Voter,
    question: BattleInput,
    images: Sequence[Image],
    lineup: Lineup,
    reports: Mapping[str, GateReport],
    *,
    prepared: bool = False,
) -> Battle:
    """Store the battle with a place in the budget of each card. Raises NoPlaceLeft."""
    blind = lineup.mode == BattleMode.BLIND
    cards = [version.card_id for version in lineup.versions]
    take_places(cards, question.prompt, pictures=len(images))
    battle = Battle.objects.create(
        voter=voter,
        mode=lineup.mode,
        draw_policy=lineup.policy,
        draw_probability=lineup.probability,
        conditions={
            "max_new_tokens": settings.ANSWER_MAX_TOKENS,
            "max_characters": settings.ANSWER_MAX_CHARACTERS,
            "temperature": settings.ANSWER_TEMPERATURE,
            "seconds": settings.ANSWER_SECONDS,
            "max_reasoning_tokens": settings.ANSWER_MAX_REASONING_TOKENS,
        },
        pacing=settings.PACING if blind else Pacing.LIVE,
        publish=blind and bool(voter.publish),
        consent_version=voter.consent_version,
        consent_at=voter.consent_at,
        clearance=_clearance(reports),
        unlisted=any(version.card.unlisted for version in lineup.versions),
        prepared=prepared,
    )
    GateResult.objects.bulk_create(
        GateResult(battle=battle, gate=gate, verdict=report.verdict, source=report.source)
        for gate, report in reports.items()
    )
    review_if_asked(battle, reports)
    turn = new_turn(
        battle,
        number=0,
        prompt=question.prompt,
        sample=question.sample,
        choice=question.choice,
        images=images,
        pictures=question.pictures,
    )
    for side, version in zip(SIDES, lineup.versions, strict=False):
        enqueue(Generation(turn=turn, side=side, version=version))
    return battle


def _clearance(reports: Mapping[str, GateReport]) -> Clearance:
    """Return whether the battle may be published or shared, as far as is known before it has
    answers."""
    if any(report.withheld for report in reports.values()):
        return Clearance.WITHHELD
    return Clearance.UNCHECKED if configured_moderators() else Clearance.CLEAR
