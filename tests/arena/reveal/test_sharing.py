"""A shared page: made by the voter after the vote, seen by all who have the link."""

from __future__ import annotations

import io

import pytest
from django.core import signing
from django.db import connection
from PIL import Image

from arena.battles.models import Battle, Generation, ModerationReview, Turn
from arena.battles.models import Image as Picture
from arena.battles.states import BattleState
from arena.core import face_detection
from arena.core.errors import NotFound
from arena.core.faces import around_face, without_regions
from arena.orchestration.services.moderating import decide_review
from arena.reveal.models import SharedBattle
from arena.reveal.preview import PREVIEW
from arena.reveal.selectors.sharing import may_be_shared
from arena.reveal.services import NotShareable, share_battle, unshare_battle
from arena.voters.selectors import COOKIE, SALT
from tests.factories import PIXEL, ballot, make_battle, make_models, make_vote, make_voter

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote(valkey_url):
    return make_vote(*make_models("ash", "elm"))


@pytest.fixture
def address(vote):
    return f"/shared/{share_battle(**ballot(vote.battle))}/"


def test_anybody_sees_it_and_nothing_says_who_made_it(client, vote, address):
    answer = client.get(address)
    page = answer.content.decode()
    assert all(words in page for words in ("Ash", "Elm", "I am side a.", "What is in the picture?"))
    assert str(vote.voter_id) not in page
    assert vote.battle.public_id not in page
    assert Picture.objects.get().digest not in page
    assert client.get(f"{address}images/0").content == PIXEL


def test_faces_are_blurred_on_it_and_nothing_is_shown_that_was_not_looked_at(
    client, address, settings, monkeypatch, tmp_path
):
    settings.BLUR_FACES = True
    monkeypatch.setattr(face_detection, "__file__", str(tmp_path / "absent.py"))
    picture = f"{address}images/0"
    for name in (picture, f"{address}preview.png"):
        answer = client.get(name)
        assert (answer.status_code, PIXEL in answer.content) == (503, False)
    faces = [[0.1, 0.1, 0.9, 0.9]]
    Picture.objects.update(faces=faces, public_digest="0" * 64)
    assert client.get(picture).content == without_regions(PIXEL, [around_face(faces[0])]) != PIXEL
    assert client.get(f"{address}preview.png").status_code == 200


@pytest.mark.parametrize("indexed", [False, True])
def test_search_engines_are_kept_out_unless_the_operator_says_otherwise(
    client, address, settings, indexed
):
    settings.SHARED_INDEXED = indexed
    answer = client.get(address)
    assert (b"noindex" in answer.content) == (not indexed)
    picture = f"{address}images/0"
    for one in (answer, client.get(picture), client.get(f"{address}preview.png")):
        assert (one.status_code, "X-Robots-Tag" in one) == (200, not indexed)


def test_a_picture_that_the_battle_has_not_is_not_there(client, address):
    for place in ("1", "99999999999999999999", "-1", Picture.objects.get().digest):
        assert client.get(f"{address}images/{place}").status_code == 404


def test_messengers_get_a_picture_that_the_arena_draws(client, address):
    answer = client.get(f"{address}preview.png")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", PREVIEW)
    assert f"{address}preview.png" in client.get(address).content.decode()


def test_sharing_twice_gives_the_same_address_and_after_a_deletion_another(vote):
    first = share_battle(**ballot(vote.battle))
    assert share_battle(**ballot(vote.battle)) == first
    unshare_battle(**ballot(vote.battle))
    assert share_battle(**ballot(vote.battle)) != first


def test_a_deleted_page_is_not_there(client, vote, address):
    unshare_battle(**ballot(vote.battle))
    assert {
        client.get(address + name).status_code
        for name in ("", "images/0", "images/x", "preview.png")
    } == {404}


@pytest.mark.parametrize(
    "gone",
    [
        lambda: Turn.objects.update(prompt=""),
        lambda: Picture.objects.update(removed_at="2026-11-29T00:00:00Z"),
        lambda: Generation.objects.filter(side="b").update(text=""),
        lambda: Battle.objects.update(clearance="withheld"),
    ],
)
def test_a_page_ends_when_a_part_of_the_battle_is_gone(client, vote, address, gone):
    gone()
    assert client.get(address).status_code == 404
    with pytest.raises(NotShareable):
        share_battle(**ballot(vote.battle))


@pytest.mark.parametrize("state", [state for state in BattleState if state != "voted"])
def test_without_a_vote_nothing_is_shared(state):
    battle = make_battle(state=state)
    assert not may_be_shared(battle)
    with pytest.raises(NotFound):
        share_battle(**ballot(battle))


@pytest.mark.parametrize("who", [None, "other"])
def test_a_stranger_shares_nothing_and_deletes_nothing(client, vote, address, who):
    if who:
        client.cookies[COOKIE] = signing.dumps(str(make_voter().pk), salt=SALT)
    for deed in ("share", "unshare"):
        assert client.post(f"/battles/{vote.battle.public_id}/{deed}").status_code == 404
    assert SharedBattle.objects.count() == 1


def test_a_reader_asks_a_moderator_to_look_who_decides_once(client, vote, address):
    page = client.post(f"{address}report", follow=True).content.decode()
    assert "A moderator will look at this page." in page
    assert "Report this page" not in page
    assert "Report this page" in client.get(address).content.decode()
    review = ModerationReview.objects.get(battle=vote.battle)
    assert (review.state, review.why) == ("open", "reported on its public page")
    decide_review(review=review, state="allowed", reason="harmless", by="ada")
    client.post(f"{address}report")
    review.refresh_from_db()
    assert review.state == "allowed"
    decide_review(review=review, state="withheld", reason="a face", by="ada")
    assert client.post(f"{address}report").status_code == 404


def test_an_address_that_no_column_can_store_is_not_there(client, address):
    """PostgreSQL holds no such value, and the site says so; SQLite looks for it in vain."""
    expected = {"postgresql": 400, "sqlite": 404}[connection.vendor]
    assert client.get("/shared/%00/").status_code == expected


@pytest.mark.parametrize("token", ["x", "a" * 5000, "..", "%20", "ü", "None"])
def test_a_guessed_address_is_not_there(client, address, token):
    assert client.get(f"/shared/{token}/").status_code == 404
