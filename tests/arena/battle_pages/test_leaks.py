"""No byte that is sent before the vote names a model or what runs it."""

from __future__ import annotations

import pytest

from arena.battle_pages import selectors as pages
from arena.battle_pages.words import failure_messages
from arena.battles.selectors import reading
from arena.battles.states import SITE_FAILURES, BattleState
from arena.core.redis import client
from arena.orchestration import services
from inference_worker.wire import keys
from inference_worker.wire.messages import FAILURE_CODES
from tests.arena.battle_pages.browsing import HTML, JSON, Visitor
from tests.factories import make_battle, make_card, make_version

pytestmark = pytest.mark.one_database

CARD = {
    "slug": "quetzal-vision",
    "name": "Quetzal Vision",
    "organization": "Heron Laboratories",
    "license": "Flamingo-1.0",
    "description": "Plover at its best",
    "parameters": 734_561_237,
    "queue": "pelican",
}
VERSION = {
    "backend": "toucanbackend",
    "source": "shipped:kestrel",
    "revision": "fe12fe12fe12",
    "base_url": "https://osprey.example/v1",
    "sealed_key": "albatross",
}
SECRETS = [
    b"quetzal", b"heron", b"flamingo", b"plover", b"734561237", b"734,561,237", b"pelican",
    b"toucan", b"kestrel", b"fe12fe12", b"osprey", b"albatross", b"ibis",
]  # fmt: skip


@pytest.fixture
def versions():
    second = {**CARD, "slug": "quetzal-two", "name": "Quetzal Two"}
    return [make_version(make_card(**card), **VERSION) for card in (CARD, second)]


@pytest.fixture
def visit(versions, commit):
    """A battle in a state of one's choice, and its owner."""

    def make(state, /, **sides):
        given = {"worker": "ibis", "tokens": 734_561_237, **sides}
        battle = make_battle(*versions, a=given, b=given, state=state)
        return battle, Visitor(commit, battle.voter)

    return make


def everything(response):
    """Headers, cookies and body, in lower case."""
    head = "\n".join(f"{name}: {value}" for name, value in response.items())
    return (head + str(response.cookies)).encode().lower() + response.content.lower()


def leaks(response):
    return [secret for secret in SECRETS if secret in everything(response)]


@pytest.mark.parametrize("headers", [HTML, JSON])
@pytest.mark.parametrize("state", [state for state in BattleState if state != "voted"])
def test_no_page_of_a_battle_without_a_vote_names_a_model(visit, state, headers):
    battle, owner = visit(state)
    for name in ("", "image", "reveal"):
        assert leaks(owner.get(f"/battles/{battle.public_id}/{name}", headers=headers)) == []


@pytest.mark.parametrize("headers", [HTML, JSON])
@pytest.mark.parametrize("state", [state for state in BattleState if state != "voted"])
def test_no_deed_on_a_battle_without_a_vote_names_a_model(visit, state, headers):
    battle, owner = visit(state)
    for deed, choice in [("vote", "x"), ("retry", ""), ("stop", ""), ("skip", "")]:
        assert leaks(owner.do(deed, battle, headers=headers, choice=choice)) == []


def test_no_other_page_says_which_models_a_battle_has(visit):
    _battle, owner = visit("generating")
    for page in ("/", "/about/", "/samples/random"):
        assert leaks(owner.get(page)) == []


def test_sending_a_question_names_no_model(versions, commit):
    for headers in (HTML, JSON):
        assert leaks(Visitor(commit).ask(headers=headers)) == []


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_a_failure_tells_only_its_code(visit, state):
    battle, owner = visit("failed", state=state, code="refused", text="")
    assert leaks(owner.get(f"/battles/{battle.public_id}/")) == []


def test_the_search_would_find_them_after_the_vote(visit):
    battle, owner = visit("voting")
    found = leaks(owner.do("vote", battle, choice="a"))
    assert {b"quetzal", b"heron", b"flamingo"} <= set(found)


def test_even_the_reveal_tells_nothing_of_workers_and_keys(visit):
    battle, owner = visit("voting")
    found = leaks(owner.do("vote", battle, choice="a"))
    hidden = {b"toucan", b"kestrel", b"osprey", b"albatross", b"ibis", b"pelican", b"fe12fe12"}
    assert not hidden & set(found)


def test_the_two_panes_are_alike_but_for_their_letter(visit):
    battle, _owner = visit("voting")
    first, second = pages.panes(battle, reading.generations_of(battle))
    fields = {"side", "state", "html", "places_json", "unread", "code", "failure", "model"}
    assert set(first) == set(second) == fields
    assert (first["model"], second["model"]) == (None, None)


def test_each_failure_has_one_message_for_all_models():
    assert set(failure_messages()) == {*FAILURE_CODES, *SITE_FAILURES}


@pytest.mark.parametrize("deed", ["vote", "skip"])
def test_what_open_pages_are_told_of_the_end_names_nothing(visit, deed):
    battle, owner = visit("voting")
    owner.do(deed, battle, choice="a")
    [*_, (_id, entry)] = client().xrange(keys.events(battle.public_id))
    kind = {"vote": b"voted", "skip": b"skipped"}[deed]
    assert entry == {b"s": b"", b"t": b"0", b"n": b"0", b"k": kind, b"x": b""}


def test_after_a_skip_nothing_is_revealed(visit, commit):
    battle, owner = visit("voting")
    commit(services.end_battle, battle=battle, to=BattleState.SKIPPED)
    assert leaks(owner.get(f"/battles/{battle.public_id}/")) == []
    assert owner.get(f"/battles/{battle.public_id}/").context["reveal"] is None
