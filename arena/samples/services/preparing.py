"""Prepare the next battle of a voter on a sample, and hand it out once."""

from __future__ import annotations

import logging

from django.conf import settings

from arena.battles.models import Battle
from arena.battles.selectors import pairing
from arena.battles.selectors.samples import sample_about, sample_bytes, sample_choice
from arena.battles.states import BattleState
from arena.core.errors import DomainError
from arena.core.images import normalise
from arena.gates.attempts import BattleAttempt
from arena.gates.services import admit, pass_gates, place, refuse_if_full
from arena.gates.states import GateStage
from arena.orchestration.dispatch import keep_alive, line_is_empty
from arena.orchestration.services import (
    BattleInput,
    discard_prepared,
    show_prepared,
    start_battle,
)
from arena.samples import selectors
from arena.samples.services.choosing import choose_sample
from arena.voters.models import Voter

log = logging.getLogger(__name__)

PRESENCE_SECONDS = 30
"""A page that asks for a prepared battle is believed to be open for so long."""


def prepare_battle(*, voter: Voter, attempt: BattleAttempt, after: Battle) -> None:
    """See to it that a battle on another sample is ready for a voter who looks at ``after``.

    Does nothing where one is, where anybody waits for an answer, or where a limit or a gate says
    no: nobody has asked for this battle, so nobody is told. What is outdated is discarded. Locks
    the battles that it discards, one after another.
    """
    ready = 0
    for battle in selectors.prepared_battles(voter):
        if selectors.is_fit(battle):
            keep_alive(battle.public_id, seconds=PRESENCE_SECONDS)
            ready += 1
        else:
            discard_prepared(battle=battle)
    enough = ready >= settings.PREPARED_BATTLES or not selectors.may_prepare(voter, after)
    if enough or not line_is_empty(pairing.drawable_queues()):
        return
    try:
        battle = _begin(voter, attempt, after.turns.get(number=0).sample)
    except DomainError as error:
        log.info("no battle is prepared: %s", error.code)
    else:
        keep_alive(battle.public_id, seconds=PRESENCE_SECONDS)


def take_prepared(*, voter: Voter) -> str:
    """Return the public id of a prepared battle of the voter, now shown; empty where there is none.

    Of two, that whose answers are there comes first. Locks it. It is handed out once, and what does
    not fit any more is discarded.
    """
    prepared = selectors.prepared_battles(voter)
    for battle in sorted(prepared, key=lambda one: one.state != BattleState.VOTING):
        if selectors.is_fit(battle) and show_prepared(battle=battle):
            return battle.public_id
        discard_prepared(battle=battle)
    return ""


def discard_outdated() -> int:
    """Discard the prepared battles that became too old, or of which a model has changed its state;
    return how many."""
    outdated = selectors.outdated_battles()
    for battle in outdated:
        discard_prepared(battle=battle)
    return len(outdated)


def _begin(voter: Voter, attempt: BattleAttempt, besides: str) -> Battle:
    """Start it through the gates that any battle goes through. Raises DomainError."""
    refuse_if_full()
    reports = pass_gates(attempt, GateStage.ARRIVAL, GateStage.BUDGETS)
    with place(pairing.drawable_queues()):
        admit("sample", network=attempt.network)
        name = choose_sample(besides=besides)
        prompt = sample_about(name)["prompt"]
        picture = normalise(sample_bytes(name))
        question = BattleInput(picture, prompt, name, choice=sample_choice(name, prompt))
        asked = question.asked_in(attempt)
        reports |= pass_gates(asked, GateStage.QUESTION, GateStage.CONTENT)
        return start_battle(voter=voter, question=question, reports=reports, prepared=True)
