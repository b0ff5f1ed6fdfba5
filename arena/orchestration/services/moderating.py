"""Moderation of battles: what is kept from publication, reports of voters, decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction

from arena.battles.models import AnswerReport, Battle, GateResult, ModerationReview, ReviewDecision
from arena.battles.selectors.reading import answers_of, newest_generations, unchecked_battles
from arena.battles.states import BattleState, Clearance, ReviewState
from arena.core.errors import Conflict, NotFound
from arena.gates.attempts import GateReport, passed
from arena.gates.judgements import ModeratedContent
from arena.gates.moderators import configured_moderators
from arena.gates.policies import report_on
from arena.gates.states import GateVerdict
from arena.orchestration.services.rows import lock_battle

ANSWER_GATE = "answer_moderation"
"""The name under which the verdict on both answers is stored with the battle."""
AT_ONCE = 20
"""Battles whose answers are judged in one go."""
_reached = 0
"""The last battle of the go before; 0 where it was the last of all."""
_BY_STATE = {
    ReviewState.OPEN: Clearance.WITHHELD,
    ReviewState.ALLOWED: Clearance.CLEAR,
    ReviewState.WITHHELD: Clearance.WITHHELD,
}


def review_if_asked(battle: Battle, reports: Mapping[str, GateReport]) -> None:
    """Put a battle into the moderators' queue where a gate asks them, in the caller's
    transaction."""
    asked = [report.source for report in reports.values() if report.asks]
    if asked:
        open_review(battle=battle, why=", ".join(asked), again=True)


def record_follow_up(battle: Battle, reports: Mapping[str, GateReport]) -> None:
    """Store what the gates say of a further question of a locked battle: a verdict that is no pass
    replaces that on the questions before."""
    for gate, report in reports.items():
        if report.verdict != GateVerdict.PASS:
            fields = {"verdict": report.verdict, "source": report.source}
            GateResult.objects.update_or_create(battle=battle, gate=gate, defaults=fields)
    review_if_asked(battle, reports)
    if any(report.withheld for report in reports.values()):
        _clear(battle, Clearance.WITHHELD)


def open_review(*, battle: Battle, why: str, again: bool = False) -> None:
    """Put a battle into the moderators' queue, in the caller's transaction; one that is decided
    stays so, but what was allowed is looked at ``again`` where there is more to see."""
    review, _ = ModerationReview.objects.get_or_create(battle=battle, defaults={"why": why[:200]})
    if again and review.state == ReviewState.ALLOWED:
        ModerationReview.objects.filter(pk=review.pk).update(state=ReviewState.OPEN)


@transaction.atomic
def report_answer(*, battle: Battle, side: str) -> None:
    """Store that the voter reported an answer, and withhold the battle until a moderator decides.

    Locks the battle's row. Reporting twice changes nothing, and what a moderator has allowed is
    looked at once more. Raises NotFound for a side that there is none of.
    """
    battle = lock_battle(battle.pk)
    if battle.erased_at is not None:
        return  # there is nothing left to look at
    if side not in {row.side for row in newest_generations(battle)}:
        raise NotFound
    _report, is_new = AnswerReport.objects.get_or_create(battle=battle, side=side)
    if not is_new:
        return
    open_review(battle=battle, why=f"reported: {side.upper()}", again=True)
    _clear(battle, Clearance.WITHHELD)


@transaction.atomic
def report_shared(*, battle: Battle) -> None:
    """Ask a moderator to look at a battle of which a reader has reported the public page.

    Locks the battle's row. The page stays until the moderator decides, since anybody could take it
    away otherwise; what was decided before stays decided.
    """
    battle = lock_battle(battle.pk)
    if battle.erased_at is None:
        open_review(battle=battle, why="reported on its public page")


def close_reviews(*, battles: Collection[int], reason: str) -> None:
    """Take battles whose content is gone out of the moderators' queue, in the caller's transaction,
    which holds their rows: the site itself decides, with this reason and nobody's name."""
    waiting = ModerationReview.objects.filter(battle__in=battles, state=ReviewState.OPEN)
    reviews = list(waiting.order_by("pk"))
    ReviewDecision.objects.bulk_create(
        ReviewDecision(review=one, state=ReviewState.WITHHELD, reason=reason) for one in reviews
    )
    keys = [review.pk for review in reviews]
    ModerationReview.objects.filter(pk__in=keys).update(state=ReviewState.WITHHELD)


def mark_of_review(review: ModerationReview) -> str:
    """Return a mark of what there is to decide on, which any decision, question, report or vote
    since changes, and the end of the answers."""
    found = ModerationReview.objects.filter(pk=review.pk)
    facts = found.values_list("state", "battle__state", "battle__turns_begun").get()
    decisions = ReviewDecision.objects.filter(review=review).count()
    reports = AnswerReport.objects.filter(battle=review.battle_id).count()
    return ".".join(map(str, (*facts, decisions, reports)))


@transaction.atomic
def decide_review(
    *, review: ModerationReview, state: str, reason: str, by: str, seen: str | None = None
) -> None:
    """Store a moderator's decision; opening a review again takes the last one back.

    Answers that come after it are judged as those of any battle. Locks the battle's row. What was
    published before is in the hands of those who have it. Raises Conflict where the mark of what
    the moderator has ``seen`` is not that of now.
    """
    battle = lock_battle(review.battle_id)
    if seen is not None and seen != mark_of_review(review):
        raise Conflict
    ReviewDecision.objects.create(review=review, state=state, reason=reason, by=by)
    ModerationReview.objects.filter(pk=review.pk).update(state=state)
    clearance = _BY_STATE[ReviewState(state)]
    if clearance == Clearance.CLEAR and battle.state != BattleState.VOTED:
        clearance = Clearance.UNCHECKED if configured_moderators() else Clearance.CLEAR
    _clear(battle, clearance)


def judge_answers() -> int:
    """Let the moderators judge the answers of battles that may be published; return how many got
    their verdict. Where nothing is found out, a battle waits until all others had their turn."""
    global _reached  # of this process, as only one judges answers
    judged = 0
    battles = list(unchecked_battles(AT_ONCE, after=_reached))
    _reached = battles[-1].pk if len(battles) == AT_ONCE else 0
    for battle in battles:
        report = report_on(*(ModeratedContent(text) for text in answers_of(battle)))
        if report is None or report.verdict != GateVerdict.UNKNOWN:
            _settle(battle, report or passed("no moderator"))
            judged += 1
    return judged


@transaction.atomic
def _settle(battle: Battle, report: GateReport) -> None:
    battle = lock_battle(battle.pk)
    fields = {"verdict": report.verdict, "source": report.source}
    GateResult.objects.update_or_create(battle=battle, gate=ANSWER_GATE, defaults=fields)
    # An answer can't be refused any more: what the policy would block is shown to a moderator.
    # Content that was erased while it was judged leaves nothing to look at.
    if (report.asks or report.refusal) and battle.erased_at is None:
        unseen = battle.clearance == Clearance.UNCHECKED
        open_review(battle=battle, why=report.source, again=unseen)
    if battle.clearance == Clearance.UNCHECKED:
        held = report.withheld or report.refusal
        _clear(battle, Clearance.WITHHELD if held else Clearance.CLEAR)


def _clear(battle: Battle, clearance: Clearance) -> None:
    Battle.objects.filter(pk=battle.pk).update(clearance=clearance)
