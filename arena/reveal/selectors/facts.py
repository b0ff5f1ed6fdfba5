"""Read the facts beside the names: ranks, expectations, times, and what the vote did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.core.cache import cache
from django.db.models import Sum
from django_stubs_ext import StrPromise

from arena.battles.models import Generation, Vote
from arena.battles.selectors.reading import voted_answers
from arena.battles.selectors.samples import sample_about
from arena.boards.models import Snapshot
from arena.boards.selectors import OVERALL
from arena.catalog.licences import commercial_use
from arena.catalog.models import CardFacts
from arena.feedback.selectors import SideFeedback, feedback_on
from arena.feedback.states import IN_FAVOUR, AnswerReason, Correctness
from arena.leaderboard.selectors.method import chance
from arena.leaderboard.selectors.standings import BoardLine, BoardStandings, standings
from arena.ledger.selectors.events import entries_about
from arena.ledger.states import EntryKind
from arena.reveal.selectors.sharing import token_of
from arena.reveal.words import COMMERCIAL_WORDS, TimeStep, energy_words, says, size_words, time_step
from arena.spending.models import AnswerCharge
from inference_worker.wire.messages import SIDES

KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SideFacts:
    """The facts on one side's model and answer. ``line`` is its place on the overall board.

    ``votes`` counts this vote; ``needed`` more votes lead to a rank, 0 for a model that has one.
    ``cost`` is None where the model's budget names no price, and ``energy`` empty where its facts
    name none; ``is_right`` says that a sample's answer is the right one, False where that
    is not known.
    """

    side: str
    name: str
    line: BoardLine | None
    votes: int
    needed: int
    size: str
    commercial: StrPromise
    first_text: TimeStep
    total: TimeStep
    tokens: int
    cost: Decimal | None
    energy: str
    energy_source: str
    is_right: bool
    feedback: SideFeedback


@dataclass(frozen=True, slots=True)
class RevealFacts:
    """The facts on both sides, and on the pair and the vote.

    ``expected`` is the percentage of such battles in which A was expected to win, None where one of
    the two has no rating; ``truth`` is the right answer to a sample's own question, else empty;
    ``exclusion`` the reason for which the vote does not count, ``unlisted`` for one on an unlisted
    model, else empty.
    """

    public_id: str
    choice: str
    sides: list[SideFacts]
    votes: int
    expected: int | None
    truth: str
    exclusion: str
    shared: str
    """The address part of its public page; empty where it has none."""


def reveal_facts(voter: UUID | None, public_id: str) -> RevealFacts:
    """Return the facts on a battle that this voter has voted on. Raises NotFound for others."""
    answers = voted_answers(voter, public_id)
    vote = answers[0].turn.battle.vote
    board, truth = _standings(), _truth(answers)
    exclusion, late = _fate(vote, board)
    said, costs = feedback_on([vote.pk]).get(vote.pk, {}), _costs(answers)
    cards = [answer.version.card for answer in answers]
    facts = {row.card_id: row for row in CardFacts.objects.filter(card__in=cards)}
    sides = []
    for answer in answers[: len(SIDES)]:
        card = answer.version.card
        own = [row for row in answers if row.side == answer.side]
        line = _line_of(board, answer)
        votes = (line.vote_count if line else 0) + late
        needs_none = vote.unlisted or bool(line and line.rank)
        known = facts.get(card.pk)
        tokens = sum(row.tokens for row in own)
        use = (known.commercial_use if known else "") or commercial_use(card.license)
        sides.append(
            SideFacts(
                side=answer.side,
                name=card.name,
                line=line if line and line.rank else None,
                votes=votes,
                needed=0 if needs_none else max(0, board.min_votes - votes),
                size=size_words(card.parameters),
                commercial=COMMERCIAL_WORDS[use],
                first_text=time_step(own[-1].first_text_ms),
                total=time_step(sum(row.total_ms for row in own)),
                tokens=tokens,
                cost=sum((costs[row.pk] for row in own if row.pk in costs), Decimal(0)) or None,
                energy=energy_words(known.energy_of(tokens) if known else None),
                energy_source=known.energy_source if known else "",
                is_right=bool(truth) and says(answer.text, truth),
                feedback=said.get(answer.side, SideFeedback()),
            )
        )
    return RevealFacts(
        public_id,
        vote.choice,
        sides,
        board.votes + late,
        _expected(sides),
        truth,
        exclusion,
        token_of(vote.battle_id),
    )


def facts_context(found: RevealFacts) -> dict[str, Any]:
    """Return what the template of the facts needs."""
    against = [reason for reason in AnswerReason if reason not in IN_FAVOUR]
    return {"facts": found, "reasons": [*IN_FAVOUR, *against], "marks": list(Correctness)}


def _fate(vote: Vote, board: BoardStandings) -> tuple[str, bool]:
    """Return why the vote does not count, or nothing, and whether the board has yet to count it:
    it follows within a second."""
    if vote.unlisted:
        return "unlisted", False
    entries = entries_about(vote.pk)
    if not entries:
        return ("betrayed" if vote.betrayed else ""), not vote.betrayed
    last, snapshot = entries[-1], board.snapshot
    if last.kind == EntryKind.EXCLUSION:
        return last.reason, False
    return "", snapshot is None or last.number > snapshot.ledger_number


def _standings() -> BoardStandings:
    """Return the overall board, read anew once for each snapshot."""
    newest = Snapshot.objects.filter(board__slug=OVERALL).order_by("-id")
    etag = newest.values_list("etag", flat=True).first()
    if etag is None:
        return standings()
    return cast("BoardStandings", cache.get_or_set(f"reveal-{etag}", standings, KEPT_SECONDS))


def _line_of(board: BoardStandings, answer: Generation) -> BoardLine | None:
    """Return the line of the version that answered, else that of its card."""
    own = [line for line in board.lines if line.model_name == answer.version.card.slug]
    exact = [line for line in own if line.version in (None, answer.version.number)]
    return next(iter([*exact, *own]), None)


def _expected(sides: Sequence[SideFacts]) -> int | None:
    a, b = (side.line.rating if side.line else None for side in sides)
    return None if a is None or b is None else round(100 * chance(a - b))


def _truth(answers: Sequence[Generation]) -> str:
    """Return the right answer to a sample's own question that stands alone."""
    turn = answers[0].turn
    if turn.number:
        return ""
    about = sample_about(turn.sample) if turn.sample else {}
    return about.get("answer", "") if about.get("prompt") == turn.prompt else ""


def _costs(answers: Sequence[Generation]) -> dict[int, Decimal]:
    charges = AnswerCharge.objects.filter(generation__in=[answer.pk for answer in answers])
    sums = charges.values_list("generation").annotate(Sum("cost"))
    return {generation: Decimal(cost) / 1_000_000 for generation, cost in sums if cost}
