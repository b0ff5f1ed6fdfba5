"""The offer of a sample picture, and the next battle on one."""

from __future__ import annotations

import base64

import pytest
from msgspec.structs import replace

from arena.battles.models import Battle
from arena.battles.selectors import reading
from arena.battles.selectors.samples import sample_about, shipped_samples
from arena.core.images import normalise
from arena.core.redis import client
from arena.samples import dispatch, views
from inference_worker.wire import keys, samples, task
from tests.arena.battle_pages.browsing import PNG
from tests.arena.core.pictures import encoded
from tests.factories import make_worker

pytestmark = pytest.mark.usefixtures("models")


GERMAN = {"accept-language": "de"}


class TestSamples:
    """Pictures to try."""

    def test_a_sample_says_all_that_the_page_needs(self, stranger):
        sample = stranger.get("/samples/random").json()
        assert set(sample) == {"id", "prompt", "url", "alt", "category", "hint"}
        assert all(value for name, value in sample.items() if name != "hint")

    def test_who_reads_another_language_is_told_what_it_asks(self, stranger):
        asked = [stranger.get("/samples/random", headers=of).json()["hint"] for of in ({}, GERMAN)]
        assert asked[0] == ""
        assert asked[1].startswith("Die Frage ist auf Englisch")

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
            {"file", "prompt", "alt", "category"} <= set(row) for row in shipped_samples().values()
        )


class TestFreshSamples:
    """Pictures that a worker drew for whoever comes next."""

    NAME = "shapes-77"

    @pytest.fixture
    def drawn(self):
        picture = base64.b64encode(encoded(kind="PNG")).decode()
        drawn = samples.DrawnSample(self.NAME, "Where is the star?", "shapes", "A star", picture)
        samples.put(client(), drawn)
        return drawn

    def test_one_that_nobody_has_seen_comes_first(self, stranger, drawn):
        sample = stranger.get("/samples/random").json()
        assert sample["prompt"] == drawn.prompt
        assert sample["id"] not in shipped_samples()
        assert stranger.get("/samples/random").json()["id"] in shipped_samples()

    def test_its_address_gives_its_picture(self, stranger, drawn):
        url = stranger.get("/samples/random").json()["url"]
        assert stranger.get(url).content == normalise(drawn.data).data

    def test_it_can_be_asked_about(self, stranger, drawn):
        name = stranger.get("/samples/random").json()["id"]
        assert stranger.ask(None, sample=name).status_code == 201
        assert reading.first_turn(Battle.objects.get()).sample == name

    def test_it_has_a_name_that_no_worker_can_know(self, stranger, drawn):
        """Else one could put another picture where somebody is looking at this."""
        assert stranger.get("/samples/random").json()["id"] != drawn.name
        assert stranger.get(f"/samples/{drawn.name}").status_code == 404
        assert stranger.ask(None, sample=drawn.name).status_code == 404

    def test_what_it_is_about_stays_known(self, stranger, drawn):
        name = stranger.get("/samples/random").json()["id"]
        assert sample_about(name)["category"] == "shapes"
        assert sample_about("shapes-78") == {}

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
        assert stranger.get("/samples/random").json()["id"] in shipped_samples()

    def test_one_that_is_known_no_more_is_not_offered(self, stranger, drawn, monkeypatch):
        monkeypatch.setattr(views, "choose_sample", lambda besides: "shapes-78")
        assert stranger.get("/samples/random").status_code == 404

    @pytest.mark.parametrize("row", [b"[]", b'{"name": "x"}', b"\xff", b"[" * 99_999, b"{"])
    def test_rubbish_among_them_is_passed_over(self, stranger, row):
        client().rpush(keys.SAMPLES, row)
        assert stranger.get("/samples/random").json()["id"] in shipped_samples()

    def test_without_redis_there_are_those_that_are_shipped(self, stranger, no_redis):
        assert stranger.get("/samples/random").json()["id"] in shipped_samples()

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
        for _ in range(dispatch.AHEAD):
            samples.put(client(), drawn)
        stranger.get("/samples/random")
        assert task.backlog(client(), "inference") == 0


def test_random_samples_have_a_limit(stranger, settings):
    settings.RATE_SAMPLES_NETWORK = "3/minute"
    answers = [stranger.get("/samples/random").status_code for _ in range(6)]
    assert answers == [200] * 3 + [429] * 3


def test_past_the_sites_limit_of_fresh_samples_there_are_those_that_are_shipped(stranger, settings):
    settings.RATE_FRESH_SAMPLES = "0/minute"
    fresh = samples.DrawnSample(
        "drawn-1", "What?", "shapes", "a disc", base64.b64encode(PNG).decode()
    )
    samples.put(client(), fresh)
    assert stranger.get("/samples/random").json()["id"] in shipped_samples()
    assert samples.waiting(client()) == 1
