"""Changes of rankings: found once, told in a feed, by webhooks and on a badge."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from arena.api.models import RankingChange, WebhookDelivery
from arena.api.services.announcing import moves_between, note_changes
from arena.api.services.webhooks import MOST_ATTEMPTS, deliver_changes, signed_headers
from arena.boards.models import Board
from arena.boards.selectors import latest
from arena.catalog.models import ModelCard

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
SECRET = "a secret of more than sixteen"
ATOM = "{http://www.w3.org/2005/Atom}"


class Receiver(HTTPServer):
    """Keeps what is sent to it, and answers with ``status``."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Requests)
        self.got, self.status = [], 204

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/hook?key=mine"


class _Requests(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


def parsed(content):
    """Return the root of a document of our own. Raises ParseError for what is none."""
    return ET.fromstring(content)  # noqa: S314


@pytest.fixture
def receiver(settings):
    server = Receiver()
    Thread(target=server.serve_forever, daemon=True).start()
    settings.WEBHOOKS, settings.WEBHOOK_SECRET = [server.address], SECRET
    settings.ENDPOINT_ALLOW = ["127.0.0.1"]
    settings.RANKING_CHANGE_SECONDS = 0
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def changed(voted, receiver):
    """The first change of the board, with the receiver that is to hear of it."""
    (change,) = note_changes()
    return change, receiver


def test_moves_name_each_model_that_stands_elsewhere():
    before, now = {"a": 1, "b": 2, "c": 3}, {"b": 1, "a": 2, "c": 3, "d": 4}
    assert [
        (one["model"], one["rank_before"], one["rank"]) for one in moves_between(before, now)
    ] == [
        ("b", 2, 1),
        ("a", 1, 2),
        ("d", None, 4),
    ]


def test_a_change_is_found_once(changed, voted):
    assert note_changes() == []
    voted(1)
    assert note_changes() == []  # a newer snapshot with the same ranks
    voted(40, "b")
    (change,) = note_changes()
    assert [one["model"] for one in change.moves] == ["second@1", "first@1"]


def test_changes_keep_their_distance(changed, voted, settings):
    settings.RANKING_CHANGE_SECONDS = 600
    voted(40, "b")
    assert note_changes() == []


def test_a_webhook_is_signed_and_names_the_snapshot(changed):
    _change, receiver = changed
    assert deliver_changes() == 1
    ((path, headers, body),) = receiver.got
    said = json.loads(body)
    assert (path, said["type"]) == ("/hook?key=mine", "ranking.changed")
    assert said["data"]["etag"] == latest().etag
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert deliver_changes(now=timezone.now() + timedelta(days=1)) == 0


def test_a_secret_in_base64_is_the_key_itself():
    moment, body = timezone.now(), b"{}"
    key = base64.b64encode(b"the key").decode()
    plain = signed_headers("the key", "1", moment, body)
    assert signed_headers(f"whsec_{key}", "1", moment, body) == plain


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_was_not_taken_is_tried_again_later(changed, status):
    _change, receiver = changed
    receiver.status = status
    assert deliver_changes() == 0
    row = WebhookDelivery.objects.get()
    assert (row.attempts, row.delivered_at, row.problem) == (1, None, f"status {status}")
    assert deliver_changes() == 0
    assert len(receiver.got) == 1  # not due yet, and no redirect was followed
    receiver.status = 200
    assert deliver_changes(now=row.due_at) == 1


def test_it_is_given_up_after_many_attempts(changed):
    WebhookDelivery.objects.update(attempts=MOST_ATTEMPTS)
    assert deliver_changes() == 0
    assert changed[1].got == []


@pytest.mark.parametrize("allowed", [[], ["10.0.0.0/8"]])
def test_a_private_address_is_not_called(changed, settings, allowed):
    settings.ENDPOINT_ALLOW = allowed
    assert deliver_changes() == 0
    assert changed[1].got == []
    assert "https" in WebhookDelivery.objects.get().problem


def test_an_address_that_was_taken_out_gets_nothing(changed, settings):
    settings.WEBHOOKS = []
    assert deliver_changes() == 0
    assert changed[1].got == []


def test_no_address_is_stored(changed):
    row = WebhookDelivery.objects.get()
    stored = f"{row.target} {row.problem}"
    assert "127.0.0.1" not in stored
    assert "mine" not in stored


def test_the_feed_has_an_entry_for_each_change(client, changed):
    feed = parsed(client.get("/api/v1/feed.atom").content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert latest().etag in entry.find(f"{ATOM}id").text
    summary = entry.find(f"{ATOM}summary")
    lines = summary.text.split("<br>")  # a reader of HTML would run lines into one
    assert (lines[0], summary.get("type")) == ("first (1): – → 1", "html")
    link = entry.find(f"{ATOM}link").get("href")
    assert link == f"http://testserver/api/v1/snapshots/{latest().etag}"
    assert client.get(link).status_code == 200


def test_a_feed_without_entries_does_not_change(client, voted):
    one, two = (client.get("/api/v1/feed.atom") for _ in range(2))
    assert one.content == two.content
    assert RankingChange.objects.count() == 0


def test_a_badge_says_rank_rating_and_interval(client, voted):
    response = client.get("/api/v1/badges/first.svg")
    parsed(response.content)
    text = response.content.decode()
    assert response["Content-Type"] == "image/svg+xml"
    assert "#1 · " in text
    assert " ± " in text
    assert "not rated yet" in client.get("/api/v1/badges/third.svg").content.decode()


def test_a_badge_of_nobody_is_not_found(client, voted):
    assert client.get("/api/v1/badges/nobody.svg").status_code == 404


def test_no_name_breaks_out_of_a_badge(client, voted):
    Board.objects.filter(slug="overall").update(name="<script>")
    ModelCard.objects.filter(slug="first").update(name='"><script>')
    parsed(client.get("/api/v1/badges/first.svg").content)
