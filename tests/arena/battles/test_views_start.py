"""Sending a question."""

from __future__ import annotations

import base64
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image as Pillow

from arena.battles import dispatch, selectors
from arena.battles.models import Battle, Turn
from arena.core.images import normalise
from arena.core.redis import client
from arena.voters.models import Voter
from arena.voters.selectors import COOKIE, identity_from
from arena.voters.services import CONSENT_VERSION
from inference_worker.wire import keys, samples, task
from inference_worker.wire.prompt_limits import PromptLimit
from tests.arena.at_once import at_once
from tests.arena.battles.browsing import HTML, JSON, PNG, Visitor
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
    assert selectors.turn_of(Battle.objects.get()).image.mime == f"image/{kind.lower()}"


def test_no_metadata_is_stored(stranger):
    stranger.ask(with_canaries("JPEG"))
    with selectors.turn_of(Battle.objects.get()).image.file.open("rb") as file:
        assert CANARY not in file.read()


@pytest.mark.parametrize(
    "image", [b"x", b"<svg/>", b"GIF89a", PNG[:40], encoded(kind="GIF"), encoded(kind="BMP")]
)
def test_what_is_no_picture_is_refused(stranger, image):
    assert code(stranger.ask(image)) == (415, "not_a_picture")
    assert not Battle.objects.exists()


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
    assert selectors.turn_of(Battle.objects.get()).prompt == "What\nis this[31m?"


def test_an_unknown_sample_is_not_found(stranger):
    assert stranger.ask(None, sample="../../settings").status_code == 404


def test_a_sample_is_taken_by_its_name(stranger):
    name = next(iter(selectors.samples()))
    assert stranger.ask(None, sample=name).status_code == 201
    assert selectors.turn_of(Battle.objects.get()).sample == name


def test_an_own_picture_wins_over_a_sample(stranger):
    stranger.ask(sample=next(iter(selectors.samples())))
    assert selectors.turn_of(Battle.objects.get()).sample == ""


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

    def test_it_lists_what_the_models_cannot_see(self, stranger):
        make_models("third")
        models = stranger.get("/").context["limits"]
        assert models == []

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


class TestSamples:
    """Pictures to try."""

    def test_a_sample_says_all_that_the_page_needs(self, stranger):
        sample = stranger.get("/samples/random").json()
        assert set(sample) == {"id", "prompt", "url", "alt", "category"}
        assert all(sample.values())

    def test_its_address_gives_the_picture(self, stranger):
        response = stranger.get(stranger.get("/samples/random").json()["url"])
        assert response["Content-Type"] == "image/png"
        assert response.content.startswith(b"\x89PNG")

    def test_another_one_is_another_one(self, stranger):
        first = stranger.get("/samples/random").json()["id"]
        others = {stranger.get(f"/samples/random?not={first}").json()["id"] for _ in range(30)}
        assert first not in others

    @pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e%2fsamples.json", "samples.json"])
    def test_an_unknown_one_is_not_found(self, stranger, name):
        assert stranger.get(f"/samples/{name}").status_code == 404

    def test_every_sample_can_be_asked_about(self):
        assert all(
            {"file", "prompt", "alt", "category"} <= set(row)
            for row in selectors.samples().values()
        )


class TestFreshSamples:
    """Pictures that a worker drew for whoever comes next."""

    NAME = "shapes-77"

    @pytest.fixture
    def drawn(self):
        picture = base64.b64encode(encoded(kind="PNG")).decode()
        drawn = samples.Sample(self.NAME, "Where is the star?", "shapes", "A star", picture)
        samples.put(client(), drawn)
        return drawn

    def test_one_that_nobody_has_seen_comes_first(self, stranger, drawn):
        sample = stranger.get("/samples/random").json()
        assert sample["prompt"] == drawn.prompt
        assert sample["id"] not in selectors.samples()
        assert stranger.get("/samples/random").json()["id"] in selectors.samples()

    def test_its_address_gives_its_picture(self, stranger, drawn):
        url = stranger.get("/samples/random").json()["url"]
        assert stranger.get(url).content == normalise(drawn.data).data

    def test_it_can_be_asked_about(self, stranger, drawn):
        name = stranger.get("/samples/random").json()["id"]
        assert stranger.ask(None, sample=name).status_code == 201
        assert selectors.turn_of(Battle.objects.get()).sample == name

    def test_it_has_a_name_that_no_worker_can_know(self, stranger, drawn):
        """Else one could put another picture where somebody is looking at this."""
        assert stranger.get("/samples/random").json()["id"] != drawn.name
        assert stranger.get(f"/samples/{drawn.name}").status_code == 404
        assert stranger.ask(None, sample=drawn.name).status_code == 404

    def test_what_it_is_about_stays_known(self, stranger, drawn):
        name = stranger.get("/samples/random").json()["id"]
        assert selectors.sample_about(name)["category"] == "shapes"
        assert selectors.sample_about("shapes-78") == {}

    @pytest.mark.parametrize(
        "change",
        [
            {"picture": "%%%"},
            {"picture": base64.b64encode(b"<svg onload=x>").decode()},
            {"picture": base64.b64encode(encoded(kind="PNG")[:40]).decode()},
            {"picture": base64.b64encode(encoded(kind="JPEG")).decode()},
            {"category": "shapes' OR 1"},
            {"prompt": "x" * 99_999},
            {"alt": "x" * 99_999},
        ],
    )
    def test_what_is_no_sample_of_ours_is_not_shown(self, stranger, drawn, change):
        client().delete(keys.SAMPLES)
        samples.put(client(), replace(drawn, **change))
        assert stranger.get("/samples/random").json()["id"] in selectors.samples()

    def test_one_that_is_known_no_more_is_not_offered(self, stranger, drawn, monkeypatch):
        monkeypatch.setattr(dispatch, "fresh_sample", lambda: "shapes-78")
        assert stranger.get("/samples/random").status_code == 404

    @pytest.mark.parametrize("row", [b"[]", b'{"name": "x"}', b"\xff", b"[" * 99_999, b"{"])
    def test_rubbish_among_them_is_passed_over(self, stranger, row):
        client().rpush(keys.SAMPLES, row)
        assert stranger.get("/samples/random").json()["id"] in selectors.samples()

    def test_without_redis_there_are_those_that_are_shipped(self, stranger, no_redis):
        assert stranger.get("/samples/random").json()["id"] in selectors.samples()

    def test_a_worker_that_listens_is_asked_for_more(self, stranger):
        make_worker("inference")
        for _ in range(3):
            stranger.get("/samples/random")
        assert task.backlog(client(), "inference") == 1

    def test_nothing_waits_for_a_worker_that_is_not_there(self, stranger):
        make_worker("other")
        stranger.get("/samples/random")
        assert task.backlog(client(), "inference") == 0

    def test_where_enough_wait_nobody_is_asked(self, stranger, drawn):
        make_worker("inference")
        for _ in range(dispatch.SAMPLES_AHEAD):
            samples.put(client(), drawn)
        stranger.get("/samples/random")
        assert task.backlog(client(), "inference") == 0


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

    def test_a_sample_stays_a_sample(self, stranger):
        stranger.ask(None, sample="shapes-00")
        assert self.offered(stranger) == (200, selectors.offer("shapes-00"))

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

    def test_nothing_is_stored(self, stranger):
        stranger.ask()
        assert not Voter.objects.exists()
        assert not Battle.objects.exists()
        assert client().keys("va:blob*") == []

    def test_the_picture_is_not_even_decoded(self, stranger):
        assert code(stranger.ask(b"no picture at all")) == (503, "no_room")

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


def test_random_samples_have_a_limit(stranger, settings):
    settings.RATE_SAMPLES_NETWORK = "3/minute"
    answers = [stranger.get("/samples/random").status_code for _ in range(6)]
    assert answers == [200] * 3 + [429] * 3


def test_past_the_sites_limit_of_fresh_samples_there_are_those_that_are_shipped(stranger, settings):
    settings.RATE_FRESH_SAMPLES = "0/minute"
    fresh = samples.Sample("drawn-1", "What?", "shapes", "a disc", base64.b64encode(PNG).decode())
    samples.put(client(), fresh)
    assert stranger.get("/samples/random").json()["id"] in selectors.samples()
    assert samples.waiting(client()) == 1


class TestRemovedPicture:
    """A battle whose picture was collected."""

    @pytest.fixture
    def owner(self, stranger):
        stranger.ask()
        Battle.objects.update(state="skipped")
        image = selectors.turn_of(Battle.objects.get()).image
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
        image = selectors.turn_of(battle).image
        image.file.storage.delete(image.file.name)
        url = f"/battles/{battle.public_id}/image"
        assert code(stranger.get(url, headers=JSON)) == (410, "picture_removed")

    def test_one_more_question_begins_without_it(self, owner):
        page = owner.get(f"/battles/{Battle.objects.get().public_id}/again")
        assert (page.status_code, page.context["again"]) == (200, None)
