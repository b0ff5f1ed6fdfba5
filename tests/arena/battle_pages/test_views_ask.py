"""The pages of a question to models chosen by name."""

from __future__ import annotations

import re

import pytest

from arena.battles.models import Battle
from arena.battles.selectors import reading
from arena.battles.states import BattleState
from arena.orchestration import services
from arena.voters.models import Voter
from tests.arena.battle_pages.browsing import HTML, Visitor
from tests.arena.orchestration.conftest import SLUGS
from tests.arena.orchestration.working import Worker
from tests.factories import make_worker

pytestmark = pytest.mark.usefixtures("models")
NAMES = [slug.title() for slug in SLUGS]


def chosen(response):
    return re.findall(r'<option value="([^"]+)" selected>', response.content.decode())


def test_a_link_chooses_the_models(stranger):
    page = stranger.get("/ask/", {"model": [SLUGS[1], SLUGS[0]]})
    assert chosen(page) == [SLUGS[1], SLUGS[0]]
    assert "Please choose another one" not in page.content.decode()


def test_a_link_to_a_model_that_is_gone_says_so(stranger):
    page = stranger.get("/ask/", {"model": ["gone", SLUGS[0]]})
    assert chosen(page) == [SLUGS[0]]
    assert "That model can't answer just now" in page.content.decode().replace("&#x27;", "'")


def test_without_a_model_that_can_answer_the_page_says_so(stranger):
    make_worker("another-queue")
    assert stranger.get("/ask/").status_code == 503


def test_an_operator_may_close_the_way(stranger, settings):
    assert "/ask/" in stranger.get("/").content.decode()
    settings.NAMED_QUESTIONS = False
    assert stranger.get("/ask/").status_code == 404
    assert "/ask/" not in stranger.get("/").content.decode()


@pytest.mark.parametrize("slugs", [SLUGS, SLUGS[:1]])
def test_a_form_without_scripts_asks_reads_and_asks_on(stranger, commit, slugs):
    sent = stranger.ask(headers=HTML, model=[*slugs, ""])
    battle = Battle.objects.get()
    page = stranger.get(sent.headers["location"]).content.decode()
    assert [name in page for name in NAMES] == [slug in slugs for slug in SLUGS]
    assert 'name="choice"' not in page
    for row in reading.generations_of(battle):
        worker = Worker(battle, row.side)
        worker.answer(f"I am {row.version.card.slug}.")
        commit(services.finish_generation, worker.outcome())
    page = stranger.get(sent.headers["location"]).content.decode()
    assert all(f"I am {slug}." in page for slug in slugs)
    asked = stranger.do("turns", battle, headers=HTML, prompt="And then?")
    assert asked.status_code == 303
    assert 'data-state="generating"' in stranger.get(asked.headers["location"]).content.decode()


def test_no_vote_names_or_public_page_come_of_it(stranger, commit):
    stranger.ask(model=list(SLUGS))
    battle = Battle.objects.get()
    for side in "ab":
        worker = Worker(battle, side)
        worker.answer(side)
        commit(services.finish_generation, worker.outcome())
    assert stranger.do("vote", battle, choice="a").status_code == 409
    assert stranger.do("share", battle).status_code == 404
    for name in ("names", "reveal", "facts"):
        assert stranger.get(f"/battles/{battle.public_id}/{name}").status_code == 404
    battle.refresh_from_db()
    assert battle.state == BattleState.ANSWERED


def test_of_one_model_alone_there_is_one_answer_to_report(stranger):
    stranger.ask(model=SLUGS[0])
    battle = Battle.objects.get()
    assert stranger.do("report", battle, side="b").status_code == 404
    assert stranger.do("report", battle, headers=HTML, side="a").status_code == 303


def test_the_way_back_leads_to_the_same_models(stranger):
    stranger.ask(model=list(SLUGS))
    battle = Battle.objects.get()
    page = stranger.get(f"/battles/{battle.public_id}/again?edit")
    assert chosen(page) == list(SLUGS)
    assert "What is this?" in page.content.decode()
    assert "not finished" not in stranger.get("/").content.decode()


def test_somebody_elses_is_nothing_to_come_back_to(stranger, commit):
    stranger.ask(model=SLUGS[0])
    battle = Battle.objects.get()
    other = Visitor(commit, Voter.objects.create())
    for name in ("", "again"):
        assert other.get(f"/battles/{battle.public_id}/{name}").status_code == 404


@pytest.mark.parametrize(
    "model", ["gone", [SLUGS[0], SLUGS[0]], [*SLUGS, "third"], "\0", "x" * 9999]
)
def test_a_choice_that_is_none_asks_nobody(stranger, model):
    assert stranger.ask(model=model).status_code in (400, 503)
    assert not Battle.objects.exists()
