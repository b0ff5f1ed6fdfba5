"""What is kept from publication, what voters report, what moderators decide."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from arena.battles.models import AnswerReport, Battle, GateResult, Generation, ModerationReview
from arena.battles.states import BattleState, Clearance, ReviewState
from arena.core.errors import NotFound
from arena.datasets.selectors.battles import publishable
from arena.gates.attempts import GateReport
from arena.gates.states import GateVerdict
from arena.ledger.services.folding import fold
from arena.orchestration import services
from arena.orchestration.services import BattleInput, moderating
from arena.orchestration.services.moderating import ANSWER_GATE, open_review, record_follow_up
from tests.arena.battle_pages.browsing import Visitor
from tests.factories import make_battle, make_vote, make_voter

CLEAR, UNCHECKED, WITHHELD = Clearance
FAILED = GateReport(GateVerdict.FAIL, "endpoint (hate)", withheld=True, asks=True)
BLIND = GateReport(GateVerdict.UNKNOWN, "endpoint", withheld=True)
PASSED = GateReport(GateVerdict.PASS, "endpoint")


@pytest.fixture
def start(commit, models, picture):
    """Start a battle of a voter who agreed, with the verdict of moderation."""

    def begin(report=PASSED, *, publish=True):
        question = BattleInput(picture=picture, prompt="What is this?")
        voter, reports = make_voter(publish=publish), {"moderation": report}
        return commit(services.start_battle, voter=voter, question=question, reports=reports)

    return begin


@pytest.fixture
def rules(settings, tmp_path):
    """The operator's rule list: answers that contain a word."""
    file = tmp_path / "rules"
    file.write_text("hate: vermin\n")
    settings.MODERATION_RULES, settings.MODERATION_SECONDS = str(file), 60.0
    return file


def clearance(battle):
    return Battle.objects.get(pk=battle.pk).clearance


def published():
    fold()
    return publishable(0, 10_000).count()


@pytest.mark.parametrize(
    ("report", "expected", "queued"),
    [(PASSED, CLEAR, 0), (BLIND, WITHHELD, 0), (FAILED, WITHHELD, 1)],
)
def test_the_verdict_on_a_question_decides(start, report, expected, queued):
    battle = start(report)
    assert clearance(battle) == expected
    assert ModerationReview.objects.filter(battle=battle, state="open").count() == queued


def test_answers_are_judged_before_anything_is_published(start, rules):
    assert clearance(start()) == UNCHECKED
    assert clearance(start(publish=False)) == UNCHECKED  # it may be shared


def test_good_answers_let_a_battle_be_published(rules):
    vote = make_vote(publish=True, clearance=UNCHECKED)
    assert published() == 0
    assert services.judge_answers() == 1
    assert (clearance(vote.battle), published()) == (CLEAR, 1)
    assert GateResult.objects.get(gate=ANSWER_GATE).verdict == GateVerdict.PASS
    assert services.judge_answers() == 0


def test_an_answer_that_fails_is_shown_to_a_moderator(rules):
    vote = make_vote(publish=True, clearance=UNCHECKED, a={"text": "All vermin!"})
    services.judge_answers()
    assert clearance(vote.battle) == WITHHELD
    assert ModerationReview.objects.get().why == "rule_list (hate)"
    assert published() == 0


def test_answers_that_were_erased_while_they_were_judged_are_not_queued(rules):
    erased = make_vote(publish=True, clearance=UNCHECKED, a={"text": "All vermin!"}).battle
    erased.erased_at = timezone.now()
    erased.save()
    assert services.judge_answers() == 1
    assert not ModerationReview.objects.exists()


def test_the_queue_of_the_release_before_loses_erased_battles():
    there, erased = make_battle(), make_battle(erased_at=timezone.now())
    for battle in (there, erased):
        open_review(battle=battle, why="reported: A")
    import_module("arena.battles.migrations.0024_reviews_of_erased_battles").close(apps, None)
    assert ModerationReview.objects.get(state="open").battle == there
    assert erased.review.decisions.get().reason == "content erased"


def test_what_nobody_could_judge_waits_and_is_not_published(rules):
    vote = make_vote(publish=True, clearance=UNCHECKED)
    rules.write_text("no colon")
    assert services.judge_answers() == 0
    assert (clearance(vote.battle), published()) == (UNCHECKED, 0)


def test_a_battle_that_nobody_can_judge_keeps_no_other_waiting(monkeypatch):
    reports = {"odd": BLIND, "A heron.": PASSED}
    odd, other = (
        make_vote(publish=True, clearance=UNCHECKED, a={"text": text}).battle for text in reports
    )
    monkeypatch.setattr(moderating, "report_on", lambda a, *_: reports[a.text])
    monkeypatch.setattr(moderating, "AT_ONCE", 1)
    monkeypatch.setattr(moderating, "_reached", 0)
    assert [services.judge_answers() for _ in range(3)] == [0, 1, 0]
    assert (clearance(odd), clearance(other)) == (UNCHECKED, CLEAR)


class TestReports:
    """A voter reports an answer of his own battle."""

    def test_a_reported_battle_is_withheld_and_queued_once(self):
        battle = make_battle(state=BattleState.VOTED, publish=True)
        for side in "aab":
            services.report_answer(battle=battle, side=side)
        assert (AnswerReport.objects.count(), clearance(battle)) == (2, WITHHELD)
        assert ModerationReview.objects.get().why == "reported: A"

    def test_there_is_no_third_side(self):
        with pytest.raises(NotFound):
            services.report_answer(battle=make_battle(), side="c")

    def test_what_was_allowed_is_looked_at_again_once(self):
        battle = make_battle()
        services.report_answer(battle=battle, side="a")
        review = ModerationReview.objects.get()
        services.decide_review(review=review, state="allowed", reason="a joke", by="mod")
        services.report_answer(battle=battle, side="a")
        assert clearance(battle) == CLEAR
        services.report_answer(battle=battle, side="b")
        review.refresh_from_db()
        assert (clearance(battle), review.state) == (WITHHELD, ReviewState.OPEN)

    def test_one_tap_without_scripts_is_enough(self, commit):
        battle = make_battle(state=BattleState.VOTED)
        owner = Visitor(commit, battle.voter)
        answer = owner.do("report", battle, side="a")
        assert (answer.status_code, AnswerReport.objects.get().side) == (303, "a")
        page = owner.get(answer["Location"]).content.decode()
        assert page.count("A moderator looks at it") == 1

    def test_nobody_reports_for_somebody_else(self, commit):
        battle = make_battle(state=BattleState.VOTED)
        assert Visitor(commit, make_voter()).do("report", battle, side="a").status_code == 404
        assert not AnswerReport.objects.exists()


def test_a_decision_can_be_taken_back_and_stays_on_record():
    battle = make_battle(publish=True)
    services.report_answer(battle=battle, side="a")
    review = ModerationReview.objects.get()
    seen = []
    for state in ("allowed", "open", "withheld"):
        services.decide_review(review=review, state=state, reason=f"now {state}", by="mod")
        seen.append(clearance(battle))
    assert seen == [CLEAR, WITHHELD, WITHHELD]
    assert [one.state for one in review.decisions.all()] == ["withheld", "open", "allowed"]


def decided(battle, state="allowed"):
    review = ModerationReview.objects.get(battle=battle)
    services.decide_review(review=review, state=state, reason="a joke", by="mod")
    return clearance(battle)


def vote_on(battle, text):
    Generation.objects.filter(turn__battle=battle).update(text=text)
    Battle.objects.filter(pk=battle.pk).update(state=BattleState.VOTED)


@pytest.mark.parametrize(
    ("text", "expected", "queued"), [("A heron.", CLEAR, 0), ("All vermin!", WITHHELD, 1)]
)
def test_answers_that_come_after_a_decision_are_judged_too(start, rules, text, expected, queued):
    battle = start(FAILED)
    assert decided(battle) == UNCHECKED
    vote_on(battle, text)
    assert services.judge_answers() == 1
    assert clearance(battle) == expected
    assert ModerationReview.objects.filter(state="open").count() == queued
    if queued:
        assert decided(battle) == CLEAR
        assert services.judge_answers() == 0


def test_a_decision_on_answers_that_were_there_needs_no_other_moderator(rules):
    battle = make_vote(publish=True, clearance=UNCHECKED, a={"text": "All vermin!"}).battle
    services.report_answer(battle=battle, side="a")
    assert decided(battle) == CLEAR
    assert services.judge_answers() == 0


def test_a_further_question_of_an_allowed_battle_asks_again(start, rules):
    battle = start(FAILED)
    decided(battle)
    record_follow_up(battle, {"moderation": FAILED})
    assert clearance(battle) == WITHHELD
    assert ModerationReview.objects.get().state == ReviewState.OPEN
