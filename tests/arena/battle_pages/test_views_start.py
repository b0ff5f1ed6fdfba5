"""Sending a question."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from http.cookies import SimpleCookie

import altcha
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image as Pillow

from arena.battle_pages.selectors import offer
from arena.battles.models import Battle, GateResult, Turn
from arena.battles.selectors import reading
from arena.battles.selectors.samples import shipped_samples
from arena.catalog.models import ModelCard
from arena.core.redis import client
from arena.gates import proofs
from arena.gates.checks import all_gates
from arena.metrics.process import REGISTRY
from arena.voters.models import Voter
from arena.voters.selectors import COOKIE, identity_from
from arena.voters.services import CONSENT_VERSION
from inference_worker.wire.prompt_limits import PromptLimit
from tests.arena.at_once import at_once
from tests.arena.battle_pages.browsing import HTML, JSON, PNG, Visitor
from tests.arena.core.pictures import CANARY, corners, encoded, png_claiming, with_canaries
from tests.factories import make_battle, make_models, make_voter, make_worker

pytestmark = pytest.mark.usefixtures("models")


def code(response):
    return response.status_code, response.json()["error"]["code"]


def test_a_script_gets_the_battles_address(stranger):
    response = stranger.ask()
    url = f"/battles/{Battle.objects.get().public_id}/"
    assert (response.status_code, response.json()) == (201, {"url": url})


def test_a_form_without_scripts_is_led_on(stranger):
    response = stranger.ask(headers=HTML)
    assert response.status_code == 303
    assert response["Location"] == f"/battles/{Battle.objects.get().public_id}/"
    assert stranger.get(response["Location"]).status_code == 200


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exe", "a", "ä.webp", "../x.png", "a\0.png"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_content_decides_and_not_the_name(stranger, name, kind):
    file = SimpleUploadedFile("x", encoded(kind=kind), "application/octet-stream")
    file._name = name
    response = stranger.commit(
        stranger.post, "/battles/", {"prompt": "?", "image": file}, headers=JSON
    )
    assert response.status_code == 201
    assert reading.first_turn(Battle.objects.get()).image.mime == f"image/{kind.lower()}"


def test_no_metadata_is_stored(stranger):
    stranger.ask(with_canaries("JPEG"))
    with reading.first_turn(Battle.objects.get()).image.file.open("rb") as file:
        assert CANARY not in file.read()


@pytest.mark.parametrize("image", [b"x", b"<svg/>", b"GIF89a", PNG[:40], encoded(kind="BMP")])
def test_what_is_no_picture_is_refused(stranger, image):
    assert code(stranger.ask(image)) == (415, "not_a_picture")
    assert not Battle.objects.exists()


def document(pages):
    first, *others = [Pillow.new("RGB", (60, 40), (n, n, n)) for n in range(pages)]
    return encoded(first, "PDF", save_all=True, append_images=others)


@pytest.mark.parametrize(("written", "count"), [("", 1), ("2", 1), ("1-3", 3), ("3, 1 – 2", 3)])
def test_pages_of_a_document_are_pictures_in_their_order(stranger, written, count):
    assert stranger.ask(document(3), pages=written).status_code == 201
    assert len(reading.first_turn(Battle.objects.get()).images) == count


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("9", "no page of this number: it has 5 pages"),
        ("one", "such as 1, 3-4"),
        ("-1", "such as 1, 3-4"),
        ("1-99999", "at most 4 pictures"),
    ],
)
def test_pages_that_cannot_be_are_refused_with_a_sentence(stranger, written, sentence):
    response = stranger.ask(document(5), pages=written)
    assert response.status_code in {400, 415}
    assert sentence in response.json()["error"]["message"]


def test_an_empty_file_is_refused_with_its_own_sentence(stranger):
    response = stranger.ask(b"")
    assert code(response) == (400, "invalid_question")
    assert "empty" in response.json()["error"]["message"]


def test_a_bomb_is_refused(stranger):
    assert code(stranger.ask(png_claiming(50_000, 50_000))) == (413, "too_large")


def test_too_many_bytes_are_refused(stranger, settings):
    settings.UPLOAD_MAX_BYTES = 70_000
    noise = encoded(Pillow.effect_noise((400, 400), 99))
    assert code(stranger.ask(noise)) == (413, "too_large")


def test_too_many_bytes_are_refused_while_the_token_is_checked_too(commit, settings):
    settings.UPLOAD_MAX_BYTES = 70_000
    visitor = Visitor(commit, enforce_csrf_checks=True)
    visitor.get("/")
    noise = encoded(Pillow.effect_noise((400, 400), 99))
    token = visitor.cookies["csrftoken"].value
    assert code(visitor.ask(noise, headers={**JSON, "X-CSRFToken": token})) == (413, "too_large")


@pytest.mark.parametrize("headers", [HTML, JSON])
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"prompt": ""}, "Please write what you want to know"),
        ({"prompt": " \n\t "}, "Please write what you want to know"),
        ({"prompt": "\u200b\u202e"}, "Please write what you want to know"),
        ({"prompt": "x" * 2001}, "the limit is 2000 characters"),
        ({"prompt": "a\0b"}, "Null characters"),
        ({"image": None}, "Please add a picture first"),
    ],
)
def test_what_is_missing_or_too_long_is_said(stranger, fields, sentence, headers):
    response = stranger.ask(**{**fields, "headers": headers})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Battle.objects.exists()


class TestPromptsThatTheModelsCannotTake:
    """By the smallest limit of the arena, whichever pair would be drawn."""

    LIMIT = PromptLimit("shipped:zebra-finch-3b", 921, 444)
    ENGLISH = (
        "Please describe everything that you can see in this picture in as much detail as "
        "possible, and explain which object is the largest. "
    )

    @pytest.fixture(autouse=True)
    def _limited(self, models):
        make_worker(limits=(self.LIMIT,))

    @pytest.mark.parametrize(
        "prompt", ["红色" * 210, "😀" * 300, "ab" + "\n" * 998 + "c", "1" * 922, "\t.\r\n" * 400]
    )
    @pytest.mark.parametrize("headers", [HTML, JSON])
    def test_are_refused_with_one_sentence(self, stranger, prompt, headers):
        response = stranger.ask(prompt=prompt, headers=headers)
        assert response.status_code == 400
        assert "too long for these models, by about" in response.content.decode()
        assert not Battle.objects.exists()
        assert not Voter.objects.exists()

    def test_are_refused_with_a_code_that_leads_to_the_prompt(self, stranger):
        response = stranger.ask(prompt="红" * 420)
        assert code(response) == (400, "prompt_too_long")
        assert "by about 113 characters" in response.json()["error"]["message"]

    @pytest.mark.parametrize(
        "prompt", [(ENGLISH * 20)[:2000], "红色" * 150, "😀" * 230, "x" * 2000]
    )
    def test_others_are_taken(self, stranger, prompt):
        assert stranger.ask(prompt=prompt).status_code == 201

    def test_line_ends_count_as_the_page_counts_them(self, stranger):
        assert stranger.ask(prompt="1" + "\r\n" * 919 + "1").status_code == 201
        assert stranger.ask(prompt="1" + "\r\n" * 920 + "1").status_code == 400

    def test_the_page_knows_the_limits(self, stranger):
        assert 'data-prompt-limits="[[921, 444]]"' in stranger.get("/").content.decode()

    def test_are_left_to_the_worker_while_no_limit_is_known(self, stranger):
        make_worker()
        assert 'data-prompt-limits="[]"' in stranger.get("/").content.decode()
        assert stranger.ask(prompt="红" * 420).status_code == 201


def test_a_prompt_just_within_the_limit_is_taken(stranger):
    assert stranger.ask(prompt="x" * 2000).status_code == 201
    lines = "\r\n".join(["x" * 19] * 100)
    assert stranger.ask(prompt=lines).status_code == 201
    assert Turn.objects.latest("pk").prompt == lines.replace("\r\n", "\n")


def test_a_prompt_is_tamed(stranger):
    stranger.ask(prompt="  What\r\nis \u202ethis\x1b[31m?\n ")
    assert reading.first_turn(Battle.objects.get()).prompt == "What\nis this[31m?"


def test_an_unknown_sample_is_not_found(stranger):
    assert stranger.ask(None, sample="../../settings").status_code == 404


def test_a_sample_is_taken_by_its_name(stranger):
    name = next(iter(shipped_samples()))
    assert stranger.ask(None, sample=name).status_code == 201
    assert reading.first_turn(Battle.objects.get()).sample == name


def test_an_own_picture_wins_over_a_sample(stranger):
    stranger.ask(sample=next(iter(shipped_samples())))
    assert reading.first_turn(Battle.objects.get()).sample == ""


def test_a_refused_question_makes_no_voter(stranger):
    stranger.ask(b"no picture")
    stranger.ask(prompt="")
    assert not Voter.objects.exists()


def test_one_browser_is_one_voter(stranger):
    stranger.ask()
    stranger.ask()
    assert (Voter.objects.count(), Battle.objects.count()) == (1, 2)


def test_a_browser_keeps_the_identity_that_the_page_gave_it(stranger):
    given = stranger.get("/").cookies[COOKIE].value
    stranger.ask()
    assert Voter.objects.get().id == identity_from(given)
    assert COOKIE not in stranger.get("/").cookies


@pytest.mark.django_db(transaction=True)
def test_first_sends_of_two_tabs_at_once_make_one_voter():
    given = Visitor(None).get("/").cookies[COOKIE].value

    def send(prompt):
        tab = Visitor(lambda ask, *args, **fields: ask(*args, **fields))
        tab.cookies = SimpleCookie({COOKIE: given})
        return tab.ask(prompt=prompt).status_code

    assert at_once(send, ["What is this?", "And this?"]) == [201, 201]
    assert (Voter.objects.count(), Battle.objects.count()) == (1, 2)


def test_the_cookie_comes_with_the_answer(stranger):
    assert stranger.ask().cookies[COOKIE]["httponly"]


@pytest.mark.parametrize(
    ("fields", "publish", "asked"),
    [
        ({"consent_asked": "1", "publish": "on"}, True, True),
        ({"consent_asked": "1"}, False, True),
        ({"publish": "on"}, False, False),
        ({}, False, False),
    ],
)
def test_only_who_was_asked_and_said_yes_is_published(stranger, fields, publish, asked):
    stranger.ask(**fields)
    battle = Battle.objects.get()
    assert battle.publish is publish
    assert battle.consent_version == (CONSENT_VERSION if asked else "")
    assert (battle.consent_at is not None) is asked


def test_the_answer_holds_for_the_next_battle(stranger):
    stranger.ask(consent_asked="1", publish="on")
    stranger.ask()
    assert list(Battle.objects.values_list("publish", flat=True)) == [True, True]


def test_the_question_is_asked_once(stranger):
    assert 'name="publish"' in stranger.get("/").content.decode()
    stranger.ask(consent_asked="1")
    assert 'name="publish"' not in stranger.get("/").content.decode()


def test_the_box_is_not_ticked(stranger):
    page = stranger.get("/").content.decode()
    box = page[page.index('name="publish"') :].partition(">")[0]
    assert "checked" not in box


@pytest.fixture
def _asked(settings):
    settings.MINIMUM_AGE, settings.TERMS_VERSION = 16, "1"
    settings.TERMS_URL = "https://arena.example/terms"


BOXES = ('name="of_age"', 'name="terms"')


@pytest.mark.usefixtures("_asked")
def test_age_and_terms_are_confirmed_once(stranger, settings):
    page = stranger.get("/").content.decode()
    for box in BOXES:
        written = page[page.index(box) :].partition(">")[0]
        assert "required" in written
        assert "checked" not in written
    assert 'href="https://arena.example/terms"' in page
    for ticked in ({}, {"of_age": "on"}, {"terms": "on"}):
        assert code(stranger.ask(**ticked)) == (403, "not_confirmed")
    assert not Voter.objects.exists()
    assert stranger.ask(of_age="on", terms="on").status_code == 201
    voter = Voter.objects.get()
    assert (voter.confirmed, voter.confirmed_at is not None) == ("age 16, terms 1", True)
    assert not any(box in stranger.get("/").content.decode() for box in BOXES)
    assert stranger.ask().status_code == 201
    settings.TERMS_VERSION = "2"
    assert code(stranger.ask()) == (403, "not_confirmed")


@pytest.mark.usefixtures("_asked")
def test_who_has_not_confirmed_can_read_and_is_led_to_the_question(commit):
    voter = make_voter(consent_version=CONSENT_VERSION)
    battle = make_battle(voter=voter, state="voted")
    visitor = Visitor(commit, voter)
    assert visitor.get("/leaderboard/").status_code == 200
    assert visitor.get("/api/v1/models").status_code == 200
    assert visitor.get(f"/battles/{battle.public_id}/").status_code == 200
    answer = visitor.do("next", battle)
    assert (answer.status_code, answer["Location"]) == (303, "/")
    page = visitor.ask(headers=HTML)
    assert page.status_code == 403
    assert "tick what has to be confirmed" in page.content.decode()


@pytest.mark.parametrize("headers", [HTML, JSON])
def test_over_the_limit_is_said_with_a_time(commit, settings, headers):
    settings.RATE_BATTLES = "1/minute"
    visitor = Visitor(commit, make_voter())
    visitor.ask()
    response = visitor.ask(headers=headers)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Please try again in " in response.content.decode()


def test_fifty_forged_addresses_share_one_budget(commit, settings):
    settings.RATE_BATTLES_NETWORK = "3/minute"
    answers = [
        Visitor(commit).ask(headers={**JSON, "X-Forwarded-For": f"10.{n}.0.1"}).status_code
        for n in range(12)
    ]
    assert sorted(answers) == [201] * 3 + [429] * 9


def test_without_redis_the_battle_is_stored_and_waits(stranger, no_redis):
    assert stranger.ask().status_code == 201


@pytest.mark.parametrize("headers", [HTML, JSON])
def test_without_the_token_nothing_starts(commit, headers):
    visitor = Visitor(commit, enforce_csrf_checks=True)
    assert visitor.ask(headers=headers).status_code == 403
    assert not Battle.objects.exists()


def test_with_the_token_it_does(commit):
    visitor = Visitor(commit, enforce_csrf_checks=True)
    visitor.get("/")
    headers = {**JSON, "X-CSRFToken": visitor.cookies["csrftoken"].value}
    assert visitor.ask(headers=headers).status_code == 201


@pytest.mark.parametrize("size", [300_000, 2_000_000])
def test_a_form_field_as_long_as_a_book_is_refused(stranger, size):
    assert stranger.ask(prompt="x" * size).status_code in (400, 413)


class TestNewPage:
    """The page that a battle starts from."""

    def test_it_says_when_too_few_models_are_ready(self, stranger, models):
        models[0].card.__class__.objects.update(state="retired")
        page = stranger.get("/")
        assert (page.status_code, page["Retry-After"]) == (503, "10")
        assert page.context["models_ready"] is False

    def test_it_says_when_no_worker_listens_to_the_models(self, stranger):
        assert stranger.get("/").status_code == 200
        make_worker("other")
        assert stranger.get("/").status_code == 503

    def test_it_begins_to_say_what_the_models_cannot_see_once_for_all_that_say_so(self, stranger):
        assert stranger.get("/").context["limits"] == []
        make_models("heron", "kestrel", "third")
        cards = ModelCard.objects
        cards.filter(slug="heron").update(limits="Drawn pictures only. English. No faces.")
        cards.filter(slug="kestrel").update(limits="Drawn pictures only. English. No maps.")
        cards.filter(slug="third").update(limits="Letters")
        page = stranger.get("/")
        told = [
            (line["text"], [one["name"] for one in line["models"]])
            for line in page.context["limits"]
        ]
        assert told == [
            ("Drawn pictures only. English.", ["Heron", "Kestrel"]),
            ("Letters", ["Third"]),
        ]
        address = page.context["limits"][0]["models"][0]["url"]
        assert f'<a href="{address}"><bdi>Heron</bdi></a>' in page.content.decode()
        assert stranger.get(address).status_code == 200

    @pytest.mark.parametrize("state", ["generating", "voting", "failed", "stopped"])
    def test_it_offers_what_was_left_unfinished(self, commit, state):
        battle = make_battle(state=state)
        page = Visitor(commit, battle.voter).get("/")
        assert page.context["open_battle"] == battle

    @pytest.mark.parametrize("state", ["voted", "skipped", "expired"])
    def test_it_offers_nothing_that_is_over(self, commit, state):
        battle = make_battle(state=state)
        assert Visitor(commit, battle.voter).get("/").context["open_battle"] is None

    def test_it_offers_nothing_of_somebody_else(self, commit):
        make_battle()
        assert Visitor(commit, make_voter()).get("/").context["open_battle"] is None

    def test_looking_at_it_makes_no_voter(self, stranger):
        stranger.get("/")
        assert not Voter.objects.exists()


class TestAgain:
    """One more question about an earlier picture."""

    @pytest.fixture
    def owner(self, stranger):
        stranger.ask()
        return stranger

    def offered(self, visitor):
        page = visitor.get(f"/battles/{Battle.objects.get().public_id}/again")
        return page.status_code, page.context["again"]

    def test_an_own_picture_comes_from_its_battle(self, owner):
        url = f"/battles/{Battle.objects.get().public_id}/image"
        assert self.offered(owner) == (200, {"url": url})

    def test_to_change_the_question_it_comes_too(self, owner):
        page = owner.get(f"/battles/{Battle.objects.get().public_id}/again?edit")
        assert page.context["again"]["asked"] == "What is this?"

    def test_a_sample_stays_a_sample(self, stranger):
        stranger.ask(None, sample="shapes-00")
        assert self.offered(stranger) == (200, offer("shapes-00"))

    def test_a_sample_that_is_known_no_more_leaves_the_page_empty(self, stranger):
        stranger.ask(None, sample="shapes-00")
        Turn.objects.update(sample="shapes-gone")
        assert self.offered(stranger) == (200, None)

    def test_somebody_elses_picture_is_not_found(self, owner, commit):
        url = f"/battles/{Battle.objects.get().public_id}/again"
        assert Visitor(commit, make_voter()).get(url).status_code == 404
        assert Visitor(commit).get(url).status_code == 404


class TestNoRoom:
    """A site that is full refuses at the door, and keeps what was written."""

    @pytest.fixture(autouse=True)
    def _full(self, settings):
        settings.DISK_FREE_BYTES = 1 << 60

    def test_a_script_is_told_when_to_come_back(self, stranger):
        response = stranger.ask()
        assert code(response) == (503, "no_room")
        assert int(response["Retry-After"]) > 0

    def test_a_page_has_what_was_written(self, stranger):
        response = stranger.ask(headers=HTML, prompt="What <b>bird</b> is this?")
        assert response.status_code == 503
        assert "What &lt;b&gt;bird&lt;/b&gt; is this?" in response.content.decode()

    def test_a_page_takes_the_picture_again_beside_what_was_written(self, stranger):
        page = stranger.ask(headers=HTML, prompt="Which bird?").content.decode()
        form = page[page.index('id="again"') :].partition("</form>")[0]
        assert 'enctype="multipart/form-data"' in form
        assert 'name="prompt" value="Which bird?"' in form
        assert 'type="file"\n       name="image"' in form
        assert "data-wait" not in page

    def test_nothing_is_stored(self, stranger):
        stranger.ask()
        assert not Voter.objects.exists()
        assert not Battle.objects.exists()
        assert client().keys("va:blob*") == []

    def test_the_picture_is_not_even_decoded(self, stranger):
        assert code(stranger.ask(b"no picture at all")) == (503, "no_room")

    @pytest.mark.parametrize("accept", [JSON, HTML])
    def test_the_alarm_for_faults_can_tell_it_from_one(self, stranger, accept):
        """Its expression takes these off the answers that are 5xx."""

        def counted(name, **labels):
            return REGISTRY.get_sample_value(f"{name}_total", labels) or 0

        def counts():
            labels = {"route": "battles:start", "method": "POST", "status": "5xx"}
            answered = counted("arena_http_requests", **labels)
            return answered, counted("arena_no_room", reason="disk")

        faults, refusals = counts()
        assert stranger.ask(headers=accept).status_code == 503
        assert counts() == (faults + 1, refusals + 1)

    def test_a_retry_is_refused_too(self, commit, settings):
        settings.DISK_FREE_BYTES = 0
        visitor = Visitor(commit)
        visitor.ask()
        battle = Battle.objects.get()
        visitor.do("stop", battle)
        settings.DISK_FREE_BYTES = 1 << 60
        assert visitor.do("retry", battle).status_code == 503


def test_a_voter_over_the_budget_of_bytes_is_refused(commit, settings):
    settings.BYTES_VOTER = "700/hour"
    visitor = Visitor(commit, make_voter())
    answers = [visitor.ask(encoded(corners((size, 24)))).status_code for size in range(32, 60, 2)]
    assert answers[0] == 201
    assert answers[-1] == 429


class TestRemovedPicture:
    """A battle whose picture was collected."""

    @pytest.fixture
    def owner(self, stranger):
        stranger.ask()
        Battle.objects.update(state="skipped")
        image = reading.first_turn(Battle.objects.get()).image
        image.removed_at = timezone.now()
        image.save()
        return stranger

    def test_its_page_says_so(self, owner):
        page = owner.get(f"/battles/{Battle.objects.get().public_id}/").content.decode()
        assert "The picture was removed" in page
        assert "/image" not in page

    def test_its_address_says_so(self, owner):
        response = owner.get(f"/battles/{Battle.objects.get().public_id}/image", headers=JSON)
        assert code(response) == (410, "picture_removed")

    def test_a_file_that_is_missing_is_a_removed_picture(self, stranger):
        stranger.ask(encoded(corners((222, 24))))
        battle = Battle.objects.get()
        image = reading.first_turn(battle).image
        image.file.storage.delete(image.file.name)
        url = f"/battles/{battle.public_id}/image"
        assert code(stranger.get(url, headers=JSON)) == (410, "picture_removed")

    def test_one_more_question_begins_without_it(self, owner):
        page = owner.get(f"/battles/{Battle.objects.get().public_id}/again")
        assert (page.status_code, page.context["again"]) == (200, None)


class TestGates:
    """What the gates say is stored with a battle, and a refusal is said."""

    def test_each_verdict_is_stored_with_what_it_rests_on(self, stranger, settings):
        settings.REPEATED_QUESTIONS = "once"
        stranger.ask()
        stored = {row.gate: row for row in GateResult.objects.all()}
        assert stored.keys() == all_gates().keys()
        assert {row.verdict for row in stored.values()} == {"pass"}
        assert stored["proof_of_work"].source == "load"

    def test_a_second_identity_with_the_same_question_is_marked(self, commit, settings):
        settings.REPEATED_QUESTIONS = "once"
        for _ in range(2):
            Visitor(commit).ask()
        repeated = GateResult.objects.filter(gate="repeated_question").order_by("battle_id")
        assert [row.verdict for row in repeated] == ["pass", "fail"]

    def test_the_age_of_the_account_is_that_of_the_voter_and_refuses_nobody(
        self, stranger, settings
    ):
        settings.ACCOUNT_HOURS = 24
        hours = (None, 1, 25)
        for age in hours:
            since = age and timezone.now() - timedelta(hours=age)
            Voter.objects.update(account_since=since)
            assert stranger.ask().status_code == 201
        told = GateResult.objects.filter(gate="account_age").order_by("battle_id")
        assert [row.verdict for row in told] == ["fail", "fail", "pass"]

    def test_a_proof_opens_what_was_shut(self, stranger, settings, monkeypatch):
        settings.PROOF_FREE_SITE = "0/minute"
        monkeypatch.setattr(proofs, "COST", 1)
        refused = stranger.ask()
        assert (refused.status_code, refused.json()["error"]["code"]) == (428, "proof_needed")
        assert int(refused["Retry-After"]) > 0
        given = stranger.get("/battles/proof").json()
        solution = altcha.solve_challenge(altcha.Challenge.from_dict(given))
        proof = base64.b64encode(
            json.dumps({"challenge": given, "solution": solution.to_dict()}).encode()
        ).decode()
        assert [stranger.ask(proof=proof).status_code for _ in range(2)] == [201, 428]
