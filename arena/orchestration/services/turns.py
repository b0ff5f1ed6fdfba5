"""Further turns of a battle: add one, edit or take back the newest, while there is no vote.

Both sides see the whole conversation, each with its own earlier answers. Only the newest turn ever
changes: those before it ended well on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from arena.battles.models import Battle, Generation, Image
from arena.battles.selectors.conversation import conversation_images
from arena.battles.states import READY_STATES, BattleState, ready_state
from arena.core.errors import Conflict
from arena.gates.attempts import GateReport
from arena.orchestration import dispatch
from arena.orchestration.services.affording import another_attempt_fits
from arena.orchestration.services.ending import ATTEMPTS_PER_TRY, MOST_ATTEMPTS
from arena.orchestration.services.moderating import record_follow_up
from arena.orchestration.services.rows import enqueue, lock_battle, lock_generations, move
from arena.orchestration.services.starting import BattleInput
from arena.orchestration.services.storing import new_turn, store_pictures
from inference_worker.wire.messages import MOST_TURNS


class NotContinuable(Conflict):
    """The newest turn has no two good answers, or the battle is over."""

    code = "not_continuable"
    message = _("You can ask on when both answers are complete. Nothing was sent.")


class NotChangeable(Conflict):
    """There is no newest turn that failed or was stopped, or it was tried often enough."""

    code = "not_changeable"
    message = _("This question can't be changed any more. Nothing was sent.")


class TooManyTurns(Conflict):
    """The battle has as many turns as the arena allows."""

    code = "too_many_turns"

    def __init__(self, most: int) -> None:
        super().__init__(
            ngettext(
                "This battle has %(most)d question, as many as it may have. Nothing was sent.",
                "This battle has %(most)d questions, as many as it may have. Nothing was sent.",
                most,
            )
            % {"most": most}
        )


class TooManyPictures(Conflict):
    """The battle would have more pictures than the arena allows."""

    code = "too_many_pictures"

    def __init__(self, most: int) -> None:
        super().__init__(
            ngettext(
                "A battle may have at most %(most)d picture. Nothing was sent.",
                "A battle may have at most %(most)d pictures. Nothing was sent.",
                most,
            )
            % {"most": most}
        )


class NoBudgetLeft(Conflict):
    """The budget of a side's card has no money for one more answer."""

    code = "no_budget_left"
    message = _("This battle can't go on today. Nothing was sent; what is here stays.")


def add_turn(
    *,
    battle: Battle,
    question: BattleInput,
    reports: Mapping[str, GateReport] | None = None,
    after: int | None = None,
) -> None:
    """Ask one more question of all sides of a battle whose newest turn is answered.

    ``after`` is the number of the turn that the voter saw last: a question that is sent twice,
    because the answer to the first request was lost, is asked once.

    Locks the battle. Raises Conflict where another turn is the newest one, NotContinuable unless
    all its sides ended well, TooManyTurns, TooManyPictures, NoBudgetLeft, and Unavailable when a
    picture can't be stored. A consent that the voter has taken back meanwhile holds for the whole
    battle.
    """
    images = store_pictures(question.pictures)
    _add(battle, question, images, reports or {}, after)


@transaction.atomic
def _add(
    battle: Battle,
    question: BattleInput,
    images: Sequence[Image],
    reports: Mapping[str, GateReport],
    after: int | None,
) -> None:
    battle = lock_battle(battle.pk)
    record_follow_up(battle, reports)
    sides = lock_generations(battle)
    if after not in (None, sides[0].turn.number):
        raise Conflict
    _check(battle, images)
    turn = new_turn(
        battle,
        number=battle.turns_begun,
        prompt=question.prompt,
        sample=question.sample,
        images=images,
        pictures=question.pictures,
    )
    answers = [Generation(turn=turn, side=side.side, version=side.version) for side in sides]
    if not another_attempt_fits(answers):
        raise NoBudgetLeft
    battle.turns_begun += 1
    battle.publish = battle.publish and bool(battle.voter.publish)
    battle.save(update_fields=["turns_begun", "publish"])
    move(battle, BattleState.GENERATING)
    for answer in answers:
        enqueue(answer)


@transaction.atomic
def edit_turn(
    *, battle: Battle, prompt: str, reports: Mapping[str, GateReport] | None = None
) -> None:
    """Ask the newest question, which failed or was stopped, in other words: both sides begin again.

    Locks the battle. Its turn gets a new number, so that open pages see that it is another one.
    Raises NotChangeable, and NoBudgetLeft.
    """
    battle = lock_battle(battle.pk)
    record_follow_up(battle, reports or {})
    sides = lock_generations(battle)
    if battle.state not in _CHANGEABLE or any(side.attempt >= MOST_ATTEMPTS for side in sides):
        raise NotChangeable
    turn = sides[0].turn
    turn.number, turn.prompt = battle.turns_begun, prompt
    turn.save(update_fields=["number", "prompt"])
    battle.turns_begun += 1
    battle.save(update_fields=["turns_begun"])
    for side in sides:
        side.turn = turn
    if not another_attempt_fits(sides):
        raise NoBudgetLeft
    for side in sides:
        side.attempt += 1
        side.last_attempt = side.attempt + ATTEMPTS_PER_TRY - 1
        side.queued_at = None
        enqueue(side)
    move(battle, BattleState.GENERATING)


@transaction.atomic
def take_back_turn(*, battle: Battle) -> None:
    """Forget the newest question, which failed or was stopped: the vote on those before opens, if
    the battle takes one.

    Locks the battle. Raises NotChangeable, also for the only turn of a battle. Its pictures are
    collected once nobody needs them.
    """
    battle = lock_battle(battle.pk)
    newest = battle.turns.order_by("-number").first()
    if battle.state not in _CHANGEABLE or newest is None or battle.turns.count() < 2:
        raise NotChangeable
    number = newest.number
    newest.delete()
    move(battle, ready_state(battle.mode))
    transaction.on_commit(partial(dispatch.announce, battle.public_id, "taken_back", turn=number))


_CHANGEABLE = (BattleState.FAILED, BattleState.STOPPED)


def _check(battle: Battle, images: Sequence[Image]) -> None:
    """Raise what keeps a locked battle from going on."""
    if battle.state not in READY_STATES:
        raise NotContinuable
    most = min(settings.BATTLE_TURNS, MOST_TURNS + 1)
    if battle.turns.count() >= most:
        raise TooManyTurns(most)
    if len(conversation_images(battle)) + len(images) > settings.BATTLE_IMAGES:
        raise TooManyPictures(settings.BATTLE_IMAGES)
