"""A closed arena: strangers are told so, members are let in, and a withdrawn invitation ends it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from arena.catalog.models import ModelCard
from arena.core.errors import Conflict
from arena.gates.closed_group import ClosedGroupSockets
from arena.gates.models import InvitedModel
from arena.voters.models import Invitation, Membership, Voter
from arena.voters.selectors import COOKIE, SALT, invitation_of, token_of
from arena.voters.services import accept_invitation
from tests.factories import make_card, make_models, make_voter, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_url")]
PAGES = ("/", "/leaderboard/", "/changes/", "/api/v1/leaderboard", "/leaderboard.csv", "/about/")


@pytest.fixture
def closed(settings):
    """An arena that only invited people may see."""
    make_worker()
    make_models("heron", "newt")
    settings.INVITED_ONLY = True


@pytest.fixture
def invitation(closed):
    return Invitation.objects.create(label="The team")


def page_of(invitation):
    return reverse("voters:join", args=[token_of(invitation)])


def statuses(client):
    return {page: client.get(page, follow=False).status_code for page in PAGES}


def test_a_stranger_reads_what_to_do_and_nothing_else(closed, client):
    assert set(statuses(client).values()) == {403}
    page = client.get("/")
    assert "This arena is for invited people" in page.content.decode()
    assert page["cache-control"] == "no-store"
    assert client.get("/api/v1/leaderboard").json()["code"] == "members_only"
    assert "heron" not in page.content.decode()


def test_a_link_for_a_new_password_is_no_page_of_members(closed, client):
    assert client.get(reverse("accounts:new_password", args=["unknown"])).status_code == 404


def test_an_invitation_to_an_unlisted_model_says_what_it_leads_to(client):
    invitation = Invitation.objects.create(label="Friends")
    for slug in ("one", "two"):
        InvitedModel.objects.create(invitation=invitation, card=make_card(slug, unlisted=True))
    page = client.get(page_of(invitation)).content.decode()
    assert "with models that are not public yet" in page
    assert "to see the leaderboard" not in page
    ModelCard.objects.update(unlisted=False)  # an ordinary invitation again
    assert "to see the leaderboard" in client.get(page_of(invitation)).content.decode()


def test_looking_at_the_link_accepts_nothing(invitation, client):
    assert "You are invited" in client.get(page_of(invitation)).content.decode()
    assert client.get("/").status_code == 403
    assert not Membership.objects.exists()


def test_whoever_accepts_is_let_in_everywhere(invitation, client):
    assert client.post(page_of(invitation)).status_code == 302
    assert set(statuses(client).values()) <= {200, 302}
    assert "private" in client.get("/leaderboard/")["cache-control"]
    assert Membership.objects.get().invitation == invitation


def test_a_withdrawn_invitation_makes_its_members_strangers(invitation, client):
    client.post(page_of(invitation))
    Invitation.objects.update(is_withdrawn=True)
    assert set(statuses(client).values()) == {403}
    assert client.get(page_of(invitation)).status_code == 410


@pytest.mark.parametrize(
    "fields",
    [
        {"is_withdrawn": True},
        {"expires_at": timezone.now() - timedelta(minutes=1)},
        {"most_members": 0},
    ],
)
def test_a_link_that_is_over_is_refused(closed, client, fields):
    over = Invitation.objects.create(label="Over", **fields)
    assert client.get(page_of(over)).status_code == 410
    assert client.post(page_of(over)).status_code == 409
    assert not Membership.objects.exists()
    assert not Voter.objects.exists()


def test_an_invitation_has_no_more_members_than_it_may(closed):
    one = Invitation.objects.create(label="One", most_members=1)
    accept_invitation(token=token_of(one), voter=make_voter())
    with pytest.raises(Conflict):
        accept_invitation(token=token_of(one), voter=make_voter())


@pytest.mark.parametrize("token", ["1", "1:forged", "a" * 300])
def test_a_forged_link_is_refused(closed, client, token):
    assert client.post(f"/join/{token}/").status_code == 409


def test_the_operators_door_stays_open(closed, client):
    assert client.get("/admin/login/").status_code == 200
    assert client.get("/health").status_code == 200


def test_an_operator_makes_a_link(closed, admin_client):
    answer = admin_client.post("/admin/voters/invitation/add/", {"label": "The team"}, follow=True)
    # The link is signed with its time: one made a second later is another text.
    [token, again] = re.findall(r"/join/([^/\"<]+)/", answer.content.decode())
    assert token == again
    assert invitation_of(token) == Invitation.objects.get()
    assert User.objects.count() == 1


def test_an_invitation_for_nobody_is_not_made(closed, admin_client):
    sent = {"label": "The team", "most_members": "0"}
    answer = admin_client.post("/admin/voters/invitation/add/", sent)
    assert list(answer.context["adminform"].errors) == ["most_members"]
    assert not Invitation.objects.exists()
    admin_client.post("/admin/voters/invitation/add/", sent | {"most_members": "1"})
    assert Invitation.objects.get().most_members == 1


def test_an_open_arena_asks_for_no_invitation(client):
    make_worker()
    make_models("heron", "newt")
    assert client.get("/leaderboard/").status_code == 200
    assert Client().get("/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("joined", [True, False])
async def test_only_a_members_socket_is_opened(settings, joined):
    settings.INVITED_ONLY = True
    voter = await database_sync_to_async(make_voter)()
    if joined:
        one = await Invitation.objects.acreate(label="One")
        await Membership.objects.acreate(voter=voter, invitation=one)
    cookie = f"{COOKIE}={signing.dumps(str(voter.id), salt=SALT)}"
    scope = {"type": "websocket", "headers": [(b"cookie", cookie.encode())]}
    assert await first_answer(scope) == ("accept" if joined else "close")


async def first_answer(scope):
    """What a socket is told first, in front of an application that accepts all."""
    said = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        said.append(message["type"].removeprefix("websocket."))

    async def accepts(scope, receive, send):
        await send({"type": "websocket.accept"})

    await ClosedGroupSockets(accepts)(scope, receive, send)
    return said[0]
