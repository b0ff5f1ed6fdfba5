"""A battle's addresses, for its owner and for everybody else."""

from __future__ import annotations

import hashlib
import random
import re

import pytest
from django.utils import timezone

from arena.battles.models import Battle, Generation, Vote
from arena.battles.selectors import reading
from arena.battles.states import BattleState, Choice, ErasureReason
from arena.core.redis import client
from arena.orchestration import dispatch, services
from arena.privacy.services import erase_battles
from inference_worker.wire import blobs, presence
from tests.arena.at_once import at_once
from tests.arena.battle_pages.browsing import HTML, JSON, Visitor
from tests.arena.gates.counts import forget_counts
from tests.arena.orchestration.conftest import SLUGS
from tests.arena.orchestration.working import Worker, state_of
from tests.arena.queries import counted
from tests.factories import (
    ballot,
    make_battle,
    make_generation,
    make_turn,
    make_vote,
    make_voter,
)

PAGES = ("", "image", "answers/a")
DEEDS = ("vote", "stop", "skip", "retry")
NOBODYS = ["x", "a" * 22, "1", "None", "%00", "..", "a" * 5000, "ü"]


def path(battle, name):
    return f"/battles/{battle.public_id}/{name}"


class TestWhoMay:
    """Absent and forbidden look the same."""

    @pytest.mark.parametrize("name", PAGES)
    def test_the_owner_sees_it(self, owner, battle, name):
        assert owner.get(path(battle, name)).status_code == 200

    @pytest.mark.parametrize("who", ["other", "stranger"])
    @pytest.mark.parametrize("name", PAGES)
    def test_nobody_else_does(self, request, battle, name, who):
        visitor = request.getfixturevalue(who)
        assert visitor.get(path(battle, name)).status_code == 404

    @pytest.mark.parametrize("who", ["other", "stranger"])
    @pytest.mark.parametrize("deed", DEEDS)
    def test_nobody_else_does_anything_to_it(self, request, answered, deed, who):
        visitor = request.getfixturevalue(who)
        assert visitor.do(deed, answered, choice="a").status_code == 404
        assert state_of(answered) == BattleState.VOTING

    @pytest.mark.parametrize("name", PAGES)
    def test_somebody_elses_looks_like_nobodys(self, other, battle, name):
        theirs = other.get(path(battle, name), headers=JSON)
        nobodys = other.get(f"/battles/{'x' * 22}/{name}", headers=JSON)
        assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)

    @pytest.mark.parametrize("name", [*PAGES, *DEEDS])
    def test_nobodys_is_not_found(self, owner, name):
        ask = owner.post if name in DEEDS else owner.get
        assert {ask(f"/battles/{nobodys}/{name}").status_code for nobodys in NOBODYS} == {404}

    def test_the_key_of_the_row_is_no_address(self, owner, battle):
        assert owner.get(f"/battles/{battle.pk}/").status_code == 404

    @pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
    @pytest.mark.parametrize("name", PAGES)
    def test_a_page_is_only_read(self, owner, battle, name, method):
        assert getattr(owner, method)(path(battle, name)).status_code == 405

    @pytest.mark.parametrize("name", PAGES)
    def test_a_page_can_be_asked_for_its_head(self, owner, battle, name):
        answer = owner.head(path(battle, name))
        assert (answer.status_code, answer.content) == (200, b"")

    @pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
    @pytest.mark.parametrize("deed", DEEDS)
    def test_a_deed_is_only_posted(self, owner, answered, deed, method):
        assert getattr(owner, method)(path(answered, deed)).status_code == 405
        assert state_of(answered) == BattleState.VOTING

    @pytest.mark.parametrize("deed", DEEDS)
    def test_a_deed_needs_the_pages_token(self, commit, answered, deed):
        owner = Visitor(commit, answered.voter, enforce_csrf_checks=True)
        assert owner.do(deed, answered, choice="a").status_code == 403
        assert state_of(answered) == BattleState.VOTING

    @pytest.mark.parametrize("token", ["x" * 32, "x" * 64, "", "null"])
    def test_a_guessed_token_is_refused(self, commit, answered, token):
        owner = Visitor(commit, answered.voter, enforce_csrf_checks=True)
        owner.get("/")
        answer = owner.do("vote", answered, headers={**JSON, "X-CSRFToken": token}, choice="a")
        assert (answer.status_code, Vote.objects.count()) == (403, 0)


@pytest.mark.parametrize("reason", ["length", "repetition"])
def test_a_page_says_why_the_arena_ended_an_answer_and_the_vote_stays_open(owner, answered, reason):
    Generation.objects.filter(turn__battle=answered, side="a").update(finish=reason)
    text = owner.get(path(answered, "")).content.decode()
    sentences = re.findall(r'data-cut="(\w+)"\s+(hidden)?', text)
    assert [code for code, hidden in sentences if not hidden] == [reason]
    assert owner.do("vote", answered, choice="a").status_code == 200


@pytest.mark.parametrize(
    ("reason", "said"),
    [("length", "and was cut here"), ("repetition", "repeated itself"), ("stop", "")],
)
def test_an_earlier_answer_that_the_arena_ended_still_says_so(owner, answered, reason, said):
    Generation.objects.filter(turn__battle=answered, side="a").update(finish=reason)
    turn = make_turn(answered, number=1)
    for answer in Generation.objects.filter(turn__battle=answered).exclude(turn=turn):
        make_generation(turn, answer.side, answer.version)
    text = owner.get(path(answered, "")).content.decode()
    earlier = re.findall(r'(?s)<section class="said".*?</section>', text)
    assert [("pane__cut" in one, said in one) for one in earlier] == [
        (reason != "stop", True),
        (False, reason == "stop"),
    ]


class TestReveal:
    """The names for a page that hears of a vote in another one."""

    def test_it_is_what_the_vote_was_answered_with(self, owner, answered):
        told = owner.do("vote", answered, choice="a").content
        assert owner.get(path(answered, "reveal")).content == told

    @pytest.mark.parametrize("state", [state for state in BattleState if state != "voted"])
    def test_without_a_vote_there_is_none(self, commit, state):
        battle = make_battle(state=state)
        assert Visitor(commit, battle.voter).get(path(battle, "reveal")).status_code == 404

    @pytest.mark.parametrize("who", ["other", "stranger"])
    def test_it_is_its_owners_alone(self, request, owner, answered, who):
        owner.do("vote", answered, choice="a")
        visitor = request.getfixturevalue(who)
        assert visitor.get(path(answered, "reveal")).status_code == 404


class TestNamesOfASkippedBattle:
    """A battle that was skipped can't get a vote, so its names may be seen."""

    def test_its_voter_sees_them(self, owner, answered):
        owner.do("skip", answered)
        names = owner.get(path(answered, "names")).content.decode()
        assert all(slug.title() in names for slug in SLUGS)
        assert owner.do("vote", answered, choice="a").status_code == 409

    @pytest.mark.parametrize("state", sorted(set(BattleState) - {"skipped", "agreed"}))
    def test_in_any_other_state_there_are_none(self, commit, state):
        battle = make_battle(state=state)
        assert Visitor(commit, battle.voter).get(path(battle, "names")).status_code == 404

    @pytest.mark.parametrize("who", ["other", "stranger"])
    def test_nobody_else_does(self, request, owner, answered, who):
        owner.do("skip", answered)
        visitor = request.getfixturevalue(who)
        assert visitor.get(path(answered, "names")).status_code == 404


def test_a_page_whose_cookies_are_gone_is_told_so(commit, answered):
    owner = Visitor(commit, answered.voter, enforce_csrf_checks=True)
    answer = owner.do("vote", answered, choice="a")
    assert answer.json()["code"] == "page_too_old"
    assert "Nothing was stored" in answer.json()["error"]["message"]
    page = owner.do("vote", answered, headers=HTML, choice="a")
    assert (page.status_code, "Please send that again" in page.content.decode()) == (403, True)


class TestPage:
    """What the page shows."""

    def test_it_shows_prompt_and_both_panes(self, owner, battle):
        page = owner.get(path(battle, ""))
        assert page.context["turn"].prompt == "What is this?"
        assert [pane["side"] for pane in page.context["panes"]] == ["a", "b"]

    def test_a_prompt_is_only_text(self, owner, battle):
        battle.turns.update(prompt="<script>alert(1)</script><img src=x onerror=alert(1)>")
        page = owner.get(path(battle, "")).content
        assert b"<script>alert" not in page
        assert b"<img src=x" not in page

    def test_a_stored_answer_is_shown_sanitised(self, owner, battle, workers, commit):
        text = "**Red**<script>alert(1)</script>![x](http://evil.example/)"
        commit(services.finish_generation, workers["a"].answer(text).outcome())
        page = owner.get(path(battle, "")).content.decode()
        assert "<strong>Red</strong>" in page
        assert "<script>alert" not in page
        assert 'src="http://evil' not in page

    @pytest.mark.parametrize(
        ("state", "shown"),
        [
            ("queued", "waiting"),
            ("running", "streaming"),
            ("ended", "ended"),
            ("failed", "failed"),
            ("stopped", "stopped"),
        ],
    )
    def test_a_pane_has_the_state_of_its_side(self, commit, state, shown):
        battle = make_battle(a={"state": state}, state="generating")
        page = Visitor(commit, battle.voter).get(path(battle, ""))
        assert page.context["panes"][0]["state"] == shown

    @pytest.mark.parametrize("other", ["queued", "running", "ended"])
    @pytest.mark.parametrize("over", ["ended", "failed", "stopped"])
    def test_a_veiled_side_that_is_over_looks_like_the_one_that_runs(self, commit, over, other):
        told = []
        for first, second in [("a", "b"), ("b", "a")]:
            sides = {first: {"state": over, "code": "timeout"}, second: {"state": other}}
            sides[first]["text"], sides[second]["text"] = "Said it all, long since.", ""
            battle = make_battle(**sides, state="generating", pacing="veiled")
            page = Visitor(commit, battle.voter).get(path(battle, ""))
            told += [{**pane, "side": ""} for pane in page.context["panes"]]
            assert b"Said it all" not in page.content
        assert told == [told[0]] * 4
        assert told[0]["state"] == "waiting"

    def test_a_veiled_battle_shows_both_once_both_are_over(self, commit):
        battle = make_battle(a={"state": "failed", "code": "empty", "text": ""}, state="failed")
        Battle.objects.update(pacing="veiled")
        first, second = Visitor(commit, battle.voter).get(path(battle, "")).context["panes"]
        assert (first["state"], first["code"]) == ("failed", "empty")
        assert (second["state"], second["html"]) == ("ended", "<p>I am side b.</p>\n")

    def test_a_stopped_veiled_battle_does_not_say_what_had_ended(self, commit):
        battle = make_battle(b={"state": "stopped"}, state="stopped", pacing="veiled")
        first, second = Visitor(commit, battle.voter).get(path(battle, "")).context["panes"]
        assert {**first, "side": "b"} == second
        assert (second["state"], second["html"]) == ("stopped", "")

    @pytest.mark.parametrize("pacing", ["live", "veiled"])
    @pytest.mark.parametrize("code", ["", "absent"])
    def test_a_stop_is_said_to_be_the_voters_only_where_it_was(self, commit, pacing, code):
        side = {"state": "stopped", "code": code}
        battle = make_battle(a=side, b=side, state="stopped", pacing=pacing)
        page = Visitor(commit, battle.voter).get(path(battle, "")).content.decode()
        shown = {cut: f'data-cut="{cut}" >' in page for cut in ("stopped", "absent")}
        assert shown == {"stopped": not code, "absent": bool(code)}
        assert page.count(f'data-code="{code}"') == 2

    def test_a_failure_is_explained_without_scripts(self, commit):
        battle = make_battle(a={"state": "failed", "code": "lost", "text": ""}, state="failed")
        page = Visitor(commit, battle.voter).get(path(battle, "")).content.decode()
        assert '<p class="pane__failure" data-when="failed" >What was answering broke off' in page

    def test_an_answer_is_to_be_had_as_it_was_written_as_far_as_it_is_shown(self, commit):
        written = {"text": "**Two** of $x$.\n"}
        for pacing, shown in (("live", b"**Two** of $x$.\n"), ("veiled", b"")):
            battle = make_battle(
                a=written, b={"state": "running"}, state="generating", pacing=pacing
            )
            answer = Visitor(commit, battle.voter).get(path(battle, "answers/a"))
            assert answer.content == shown
            assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert Visitor(commit, battle.voter).get(path(battle, "answers/c")).status_code == 404

    def test_a_veiled_battle_says_so(self, commit):
        said = []
        for pacing in ("live", "veiled"):
            battle = make_battle(state="generating", pacing=pacing)
            page = Visitor(commit, battle.voter).get(path(battle, "")).content.decode()
            said.append(page.count("Both are shown in step."))
        assert said == [0, 2]

    @pytest.mark.parametrize("state", BattleState)
    def test_every_state_has_a_page(self, commit, state):
        battle = make_vote().battle if state == "voted" else make_battle(state=state)
        assert Visitor(commit, battle.voter).get(path(battle, "")).status_code == 200

    def test_a_voted_battle_shows_the_names(self, owner, answered):
        services.cast_vote(**ballot(answered), choice="a")
        page = owner.get(path(answered, "")).content.decode()
        assert "Zebra-Finch-3B" in page
        assert "Quetzal-Vision-7B" in page

    @pytest.mark.parametrize("named", [True, False])
    def test_a_vote_that_does_not_count_says_so(self, owner, answered, named):
        Generation.objects.filter(turn__battle=answered, side="b").update(betrays=named)
        services.cast_vote(**ballot(answered), choice="a")
        page = owner.get(path(answered, "")).content.decode()
        assert "Your vote is stored." in page
        assert named == ("reveal__uncounted" in page)

    def test_opening_the_page_says_that_the_voter_is_here(self, owner, battle):
        client().delete(f"va:{{{battle.public_id}}}:presence")
        owner.get(path(battle, ""))
        assert presence.voters_gone(client(), [battle.public_id]) == []

    def test_without_redis_the_page_is_there(self, owner, battle, no_redis):
        assert owner.get(path(battle, "")).status_code == 200


class TestImage:
    """The very bytes that both models get."""

    def test_they_are_what_the_worker_gets(self, owner, battle):
        shown = owner.get(path(battle, "image")).content
        asked = [dispatch.request_of(g) for g in reading.generations_of(battle)]
        assert {request.turn.images for request in asked} == {(hashlib.sha256(shown).hexdigest(),)}
        assert blobs.get(client(), asked[0].turn.images[0]) == shown

    def test_type_and_policy_let_nothing_run(self, owner, battle):
        response = owner.get(path(battle, "image"))
        assert response["Content-Type"] == "image/png"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, no-cache"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert "sandbox" in response["Content-Security-Policy"]

    def test_a_copy_in_the_browser_is_asked_about_each_time(self, owner, other, battle):
        picture = owner.get(path(battle, "image"))
        known = {"If-None-Match": picture["ETag"]}
        again = owner.get(path(battle, "image"), headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == "private, no-cache"
        assert owner.get(path(battle, "image"), headers={"If-None-Match": '"x"'}).content
        assert other.get(path(battle, "image"), headers=known).status_code == 404

    @pytest.mark.parametrize("end", ["erased", "collected"])
    def test_a_copy_in_the_browser_is_refused_once_the_picture_is_gone(self, owner, answered, end):
        """Also while another battle has the very same picture."""
        other = make_battle(voter=answered.voter)
        image = answered.turns.get().image
        other.turns.update(image=image)
        known = {"If-None-Match": owner.get(path(answered, "image"))["ETag"]}
        if end == "erased":
            erase_battles(battles=[answered.pk], reason=ErasureReason.VOTER)
            assert owner.get(path(other, "image"), headers=known).status_code == 304
        else:
            type(image).objects.filter(pk=image.pk).update(removed_at=timezone.now())
        assert owner.get(path(answered, "image"), headers=known).status_code == 410


class TestHeaders:
    """What every answer says to the browser."""

    @pytest.fixture
    def answers(self, owner, answered):
        pages = ["/", path(answered, ""), "/samples/random", "/battles/nothing/", "/about/"]
        deeds = [owner.do("vote", answered, choice="x"), owner.do("vote", answered, choice="a")]
        return [*(owner.get(page) for page in pages), *deeds, owner.do("stop", answered)]

    def test_no_inline_code_no_frames_no_base(self, answers):
        for answer in answers:
            policy = answer["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert {"default-src 'none'", "script-src 'self'", "object-src 'none'"} < set(
                map(str.strip, policy.split(";"))
            )
            assert "frame-ancestors 'none'" in policy
            assert "base-uri 'none'" in policy

    def test_no_sniffing_no_framing_no_referrer(self, answers):
        for answer in answers:
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["X-Frame-Options"] == "DENY"
            assert answer["Referrer-Policy"] == "same-origin"
            assert answer["Cross-Origin-Opener-Policy"] == "same-origin"

    def test_pages_are_kept_nowhere(self, answers):
        for answer in answers[:3]:
            assert "no-store" in answer["Cache-Control"]


class TestVote:
    """The vote over HTTP."""

    @pytest.mark.parametrize("choice", Choice.values)
    def test_it_answers_with_the_names(self, owner, answered, choice):
        response = owner.do("vote", answered, choice=choice)
        assert response.status_code == 200
        assert b"Zebra-Finch-3B" in response.content
        assert response.context["choice"] == choice

    def test_it_says_which_side_was_preferred(self, owner, answered):
        sides = owner.do("vote", answered, choice="b").context["reveal"]
        assert [side["preferred"] for side in sides] == [False, True]

    def test_the_names_stand_on_the_sides_that_answered(self, owner, answered):
        sides = owner.do("vote", answered, choice="tie").context["reveal"]
        rows = reading.generations_of(answered)
        assert [side["slug"] for side in sides] == [row.version.card.slug for row in rows]

    def test_a_repeated_vote_is_told_the_stored_one(self, owner, answered):
        owner.do("vote", answered, choice="tie")
        again = owner.do("vote", answered, choice="a")
        assert (again.status_code, again.context["choice"]) == (200, "tie")

    @pytest.mark.parametrize(
        ("headers", "most"),
        [(HTML, {"postgresql": 1, "sqlite": 3}), (JSON, {"postgresql": 2, "sqlite": 4})],
    )
    def test_the_whole_request_asks_the_database_at_most_twice(
        self, owner, answered, headers, most
    ):
        """SQLite, which is no round trip away, stores the vote by three statements."""
        with counted(most):
            assert owner.do("vote", answered, headers=headers, choice="a").status_code < 400

    def test_a_form_without_scripts_is_led_back_to_the_names(self, owner, answered):
        response = owner.do("vote", answered, headers=HTML, choice="a")
        assert response.status_code == 303
        assert b"Zebra-Finch-3B" in owner.get(response.url).content

    @pytest.mark.parametrize("headers", [HTML, JSON])
    @pytest.mark.parametrize("fields", [{}, {"choice": ""}, {"choice": "c"}, {"choise": "a"}])
    def test_an_unknown_choice_is_said(self, owner, answered, fields, headers):
        response = owner.do("vote", answered, headers=headers, **fields)
        assert response.status_code == 400
        assert b"not one of the four choices" in response.content

    @pytest.mark.parametrize("headers", [HTML, JSON])
    def test_a_vote_before_its_time_is_said(self, owner, battle, headers):
        response = owner.do("vote", battle, headers=headers, choice="a")
        assert response.status_code == 409
        assert b"Nothing was stored" in response.content

    def test_over_the_limit_is_said(self, owner, answered, settings):
        settings.RATE_VOTES = "1/minute"
        forget_counts()
        owner.do("vote", answered, choice="x")
        response = owner.do("vote", answered, choice="a")
        assert (response.status_code, Vote.objects.count()) == (429, 0)

    @pytest.mark.parametrize("page", ["", "image", "reveal"])
    def test_a_page_of_a_battle_is_read_once_for_the_limit(self, owner, answered, settings, page):
        owner.do("vote", answered, choice="a")
        settings.RATE_READS_NETWORK = "1/day"
        forget_counts()
        assert [owner.get(path(answered, page)).status_code for _ in range(2)] == [200, 429]

    def test_without_redis_the_vote_counts(self, owner, answered, no_redis):
        assert owner.do("vote", answered, choice="a").status_code == 200
        assert Vote.objects.get().choice == "a"

    def test_a_hundred_bad_votes_store_nothing_and_name_nobody(self, owner, other, battle):
        dice = random.Random(3)
        others = [make_battle(state=state) for state in BattleState if state != "voting"]
        foreign = make_battle()
        for _ in range(100):
            target = dice.choice([battle, foreign, *others])
            choice = dice.choice([*Choice.values, "", "A", "1", "\0", "both", "🙂" * 50])
            answer = dice.choice([owner, other]).do("vote", target, choice=choice)
            assert 400 <= answer.status_code < 500
            assert b"inch" not in answer.content
        assert not Vote.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_votes_at_once_over_http_all_name_the_stored_choice():
    battle = make_battle()

    def vote(choice):
        owner = Visitor(lambda ask, *args, **fields: ask(*args, **fields), battle.voter)
        answer = owner.do("vote", battle, choice=choice)
        return answer.status_code, re.search(r'data-choice="(\w+)"', answer.content.decode())[1]

    told = at_once(vote, [*Choice.values] * 6)
    assert told == [(200, Vote.objects.get().choice)] * 24


class TestDeeds:
    """Stop, skip and retry over HTTP."""

    def test_stop_then_retry_then_answer(self, owner, battle, commit):
        assert owner.do("stop", battle).status_code == 204
        assert state_of(battle) == BattleState.STOPPED
        assert owner.do("retry", battle).status_code == 204
        for side in "ab":
            commit(services.finish_generation, Worker(battle, side).answer(side).outcome())
        assert state_of(battle) == BattleState.VOTING

    def test_a_stop_of_one_side_is_said_and_not_offered_in_a_veiled_battle(self, owner, battle):
        assert owner.do("stop", battle, side="a").status_code == 204
        page = owner.get(path(battle, "")).content.decode()
        assert page.count("data-stop-side") == 2
        assert 'data-side="a" data-state="stopped"' in page
        Battle.objects.update(pacing="veiled")
        assert "data-stop-side" not in owner.get(path(battle, "")).content.decode()
        assert owner.do("stop", battle, side="b").status_code == 409

    def test_skip_leaves_without_a_vote_and_without_the_names(self, owner, answered):
        answer = owner.do("skip", answered)
        assert (answer.status_code, answer.content) == (204, b"")
        assert state_of(answered) == BattleState.SKIPPED
        assert b"Finch" not in owner.get(path(answered, "")).content

    @pytest.mark.parametrize("deed", ["stop", "skip"])
    def test_twice_is_like_once(self, owner, battle, deed):
        assert [owner.do(deed, battle).status_code for _ in range(2)] == [204, 204]

    @pytest.mark.parametrize("headers", [HTML, JSON])
    @pytest.mark.parametrize(
        ("state", "deed"),
        [
            ("voted", "stop"),
            ("voted", "skip"),
            ("voting", "stop"),
            ("voting", "retry"),
            ("generating", "retry"),
            ("skipped", "retry"),
            ("skipped", "stop"),
            ("expired", "skip"),
        ],
    )
    def test_what_can_not_be_done_any_more_is_said(self, commit, state, deed, headers):
        battle = make_battle(state=state)
        response = Visitor(commit, battle.voter).do(deed, battle, headers=headers)
        assert response.status_code == 409
        assert b"Please" in response.content
        assert state.encode() + b" can" not in response.content
        assert Battle.objects.get().state == state

    def test_a_retry_counts_as_a_battle_for_the_limit(self, owner, battle, settings):
        settings.RATE_BATTLES = "1/minute"
        forget_counts()
        owner.do("stop", battle)
        owner.do("retry", battle)
        owner.do("stop", battle)
        assert owner.do("retry", battle).status_code == 429

    def test_a_voter_without_battles_does_nothing_to_them(self, commit, battle):
        assert Visitor(commit, make_voter()).do("stop", battle).status_code == 404
