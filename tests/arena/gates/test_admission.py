"""Who has no place is refused ahead of Django, and nobody else is."""

from __future__ import annotations

import asyncio
import io
import json
import time

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError
from redis import Redis

from arena.core.redis import client
from arena.gates.admission import AsgiAdmission, WsgiAdmission
from arena.gates.services import NoRoom, place, refuse_if_full, room
from inference_worker.wire import keys, presence
from inference_worker.wire.presence import WorkerReport
from tests.arena.gates.counts import forget_counts

QUEUES = {"inference"}
SCRIPT = (b"accept", b"application/json")
FORM = (b"accept", b"text/html,*/*")
ROOM = 6
"""Battles: a worker that holds four sides, in three rounds."""


@pytest.fixture(autouse=True)
def _room(settings, valkey_url, tmp_path, monkeypatch):
    # However long a test takes: what was found holds, and its worker lives.
    monkeypatch.setattr(room, "FULL_SECONDS", 60.0)
    monkeypatch.setattr(presence, "WORKER_SECONDS", 600)
    settings.WAITING_SECONDS, settings.ANSWER_SECONDS = 300, 100
    settings.MEDIA_ROOT, settings.DISK_FREE_BYTES = tmp_path, 1
    presence.report(client(), WorkerReport("heron", ("inference",), "cpu", (), 0, 0.0, 4))
    forget_counts()


def held():
    return client().zcard(keys.PLACES)


def jam():
    client().zadd(keys.queue("inference"), {f"s:{n}": time.time() + n for n in range(99)})


class Starting:
    """An application that reads the body, and answers 201 to who has a place in its view."""

    def __init__(self):
        self.read = b""
        self.now = self.most = self.seen = 0
        self.held = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, scope, receive, send):
        self.seen += 1
        while (message := await receive())["type"] == "http.request":
            self.read += message["body"]
            if not message.get("more_body"):
                await self._answer(send)
                return

    async def _answer(self, send):
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go_on.wait()
        refuse_if_full()
        with place(QUEUES):
            self.held.append(held())
        self.now -= 1
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"begun"})


@pytest.fixture
def counts():
    return []


@pytest.fixture
def entry(counts):
    """An application behind its admission."""
    return lambda application, queues=lambda: QUEUES: AsgiAdmission(
        application, path="/battles/", queues=queues, counted=lambda *said: counts.append(said)
    )


def line_to(entry, *headers, method="POST", path="/battles/"):
    scope = {"type": "http", "method": method, "path": path, "headers": [*headers]}
    return ApplicationCommunicator(entry, scope)


def piece(body=b"x", more=False):
    return {"type": "http.request", "body": body, "more_body": more}


async def answered(line):
    start, body = await line.receive_output(120), await line.receive_output(120)
    await line.wait(120)
    return start["status"], dict(start["headers"]), body["body"]


async def ask(entry, *headers, **where):
    line = line_to(entry, *headers, **where)
    await line.send_input(piece())
    return await answered(line)


async def test_who_gets_a_place_keeps_it_into_the_view(entry):
    application = Starting()
    assert (await ask(entry(application), SCRIPT))[0] == 201
    assert (application.held, held()) == ([1], 0)


async def test_a_hundred_and_fifty_scripts_at_once_get_a_place_or_a_refusal(entry, counts):
    application = Starting()
    application.go_on.clear()
    full = entry(application)
    lines = [line_to(full, SCRIPT) for _ in range(150)]
    for line in lines:
        await line.send_input(piece())
    refusals = asyncio.gather(*(answered(line) for line in lines), return_exceptions=True)
    while len(counts) < 150 - ROOM:  # noqa: ASYNC110  # counted one by one
        await asyncio.sleep(0.01)
    assert held() == ROOM  # all refusals have come, and nobody has been answered by the view
    application.go_on.set()
    statuses = sorted(status for status, _, _ in await refusals)
    assert statuses == [201] * ROOM + [503] * (150 - ROOM)
    assert {status for status, _seconds in counts} == {503}
    assert held() == 0


async def test_no_more_begin_at_once_than_pictures_are_decoded(entry, settings):
    settings.UPLOAD_DECODERS = 2
    application = Starting()
    one = entry(application)
    statuses = await asyncio.gather(*(ask(one, SCRIPT) for _ in range(5)))
    assert [status for status, _, _ in statuses] == [201] * 5
    assert application.most <= 2


async def test_a_full_site_reads_the_body_and_does_not_trouble_the_application(entry):
    jam()
    application = Starting()
    full = entry(application)
    await ask(full, SCRIPT)
    seen = application.seen
    line = line_to(full, SCRIPT)
    await line.send_input(piece(more=True))
    assert await line.receive_nothing(0.1)
    await line.send_input(piece())
    status, headers, body = await answered(line)
    assert (status, json.loads(body)["error"]["code"]) == (503, "no_room")
    assert int(headers[b"retry-after"]) > 0
    assert int(headers[b"content-length"]) == len(body)
    assert application.seen == seen


async def test_who_leaves_a_full_site_is_not_answered(entry, counts):
    jam()
    full = entry(Starting())
    await ask(full, SCRIPT)
    line = line_to(full, SCRIPT)
    await line.send_input({"type": "http.disconnect"})
    await line.wait(120)
    assert len(counts) == 1
    assert await line.receive_nothing(0.05)


async def test_a_refusal_speaks_the_reader_s_language(entry):
    jam()
    german = await ask(entry(Starting()), SCRIPT, (b"accept-language", b"de"))
    english = await ask(entry(Starting()), SCRIPT)
    chosen = await ask(entry(Starting()), SCRIPT, (b"cookie", b"django_language=de"))
    assert german[1][b"content-language"] == chosen[1][b"content-language"] == b"de"
    assert json.loads(german[2]) == json.loads(chosen[2]) != json.loads(english[2])


@pytest.mark.parametrize(
    ("header", "where"),
    [
        (FORM, {}),
        (SCRIPT, {"path": "/battles/x/vote"}),
        (SCRIPT, {"path": "/"}),
        (SCRIPT, {"method": "GET"}),
    ],
)
async def test_forms_and_everything_else_reach_the_application(entry, header, where):
    jam()
    application = Starting()
    full = entry(application)
    await ask(full, SCRIPT)
    before = application.read
    line = line_to(full, header, **where)
    await line.send_input(piece(b"what was written"))
    with pytest.raises(NoRoom):
        await line.wait(120)
    assert application.read.removeprefix(before) == b"what was written"


async def test_a_place_that_no_view_used_is_given_back(entry):
    async def refusing(scope, receive, send):
        await receive()
        assert held() == 1
        await send({"type": "http.response.start", "status": 429, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert (await ask(entry(refusing), SCRIPT))[0] == 429
    assert held() == 0


async def test_a_failure_gives_the_place_back_and_lets_the_next_in(entry, settings):
    settings.UPLOAD_DECODERS = 1

    async def failing(scope, receive, send):
        await receive()
        raise KeyError

    one = entry(failing)
    for _ in range(2):
        line = line_to(one, SCRIPT)
        await line.send_input(piece())
        with pytest.raises(KeyError):
            await line.wait(120)
    assert held() == 0


async def test_a_body_that_is_not_whole_takes_no_place(entry):
    application = Starting()
    line = line_to(entry(application), SCRIPT)
    await line.send_input(piece(more=True))
    assert await line.receive_nothing(0.1)
    assert held() == 0
    await line.send_input({"type": "http.disconnect"})
    await line.wait(120)
    assert held() == 0


async def test_without_a_database_the_view_decides(entry):
    def queues():
        raise OperationalError

    application = Starting()
    assert (await ask(entry(application, queues), SCRIPT))[0] == 201
    assert application.held == [1]


async def test_without_redis_nothing_is_accepted(entry, monkeypatch, unused_tcp_port):
    away = Redis.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
    monkeypatch.setattr(room, "client", lambda: away)
    status, _headers, body = await ask(entry(Starting()), SCRIPT)
    assert (status, json.loads(body)["error"]["code"]) == (503, "unavailable")


def wsgi(counts, accept, method="POST", path="/battles/"):
    said = []

    def application(environ, start_response):
        start_response("201 Created", [])
        return [environ["wsgi.input"].read()]

    entry = WsgiAdmission(application, path="/battles/", counted=lambda *one: counts.append(one))
    body = io.BytesIO(b"what was written")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_ACCEPT": accept,
        "wsgi.input": body,
    }
    answer = b"".join(entry(environ, lambda *head: said.append(head)))
    assert body.read() == b""
    return said[0][0][:3], answer


def test_a_wsgi_server_refuses_scripts_where_no_room_was_found_just_now(counts):
    jam()
    assert wsgi(counts, "application/json")[0] == "201"
    with pytest.raises(NoRoom), place(QUEUES):
        raise AssertionError("accepted")
    status, answer = wsgi(counts, "application/json")
    assert (status, json.loads(answer)["error"]["code"]) == ("503", "no_room")
    assert [status for status, _seconds in counts] == [503]


@pytest.mark.parametrize(
    ("accept", "method", "path"),
    [
        ("text/html,*/*", "POST", "/battles/"),
        ("application/json", "GET", "/battles/"),
        ("application/json", "POST", "/battles/x/vote"),
    ],
)
def test_it_hands_on_forms_and_everything_else(counts, accept, method, path):
    jam()
    with pytest.raises(NoRoom), place(QUEUES):
        raise AssertionError("accepted")
    assert wsgi(counts, accept, method, path) == ("201", b"what was written")
    assert counts == []
