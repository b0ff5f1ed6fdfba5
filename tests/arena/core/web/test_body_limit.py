"""A body is capped while it arrives."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.testing import ApplicationCommunicator

from arena.core.web import body_limit
from arena.core.web.body_limit import BodyLimit


class Reading:
    """An application that reads the whole body, as Django's handler does."""

    def __init__(self):
        self.read = 0

    async def __call__(self, scope, receive, send):
        more = True
        while more:
            message = await receive()
            self.read += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"read"})


def talk(application, *, length=None, accept=b"application/json"):
    headers = [(b"accept", accept)]
    if length is not None:
        headers.append((b"content-length", length))
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    return ApplicationCommunicator(BodyLimit(application, limit=100), scope)


async def answer(communicator):
    start, body = await communicator.receive_output(120), await communicator.receive_output(120)
    await communicator.wait(120)
    return start["status"], body["body"]


def piece(size, more=True):
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


async def test_a_body_within_the_limit_arrives_whole():
    application = Reading()
    communicator = talk(application, length=b"100")
    await communicator.send_input(piece(60))
    await communicator.send_input(piece(40, more=False))
    assert await answer(communicator) == (200, b"read")
    assert application.read == 100


async def test_an_announced_length_far_over_the_limit_is_refused_unread():
    application = Reading()
    status, _body = await answer(talk(application, length=b"401"))
    assert (status, application.read) == (413, 0)


async def test_an_announced_length_over_the_limit_is_answered_when_all_was_sent():
    application = Reading()
    communicator = talk(application, length=b"101")
    await communicator.send_input(piece(60))
    assert await communicator.receive_nothing()
    await communicator.send_input(piece(41, more=False))
    status, _body = await answer(communicator)
    assert (status, application.read) == (413, 0)


@pytest.mark.parametrize("length", [None, b"5", b"nonsense", b"-1", b""])
async def test_a_body_that_grows_over_the_limit_is_cut(length):
    application = Reading()
    communicator = talk(application, length=length)
    for _ in range(3):
        await communicator.send_input(piece(40))
    status, _body = await answer(communicator)
    assert (status, application.read) == (413, 80)


async def test_a_body_that_drips_is_cut(monkeypatch):
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.05)
    communicator = talk(Reading())
    await communicator.send_input(piece(1))
    status, _body = await answer(communicator)
    assert status == 408


async def test_time_runs_over_the_whole_body_and_not_from_piece_to_piece(monkeypatch):
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.2)
    communicator = talk(Reading())
    for _ in range(40):
        await communicator.send_input(piece(0))
        if await communicator.receive_nothing(timeout=0.02) is False:
            break
    status, _body = await answer(communicator)
    assert status == 408


async def test_a_body_that_keeps_coming_has_more_time(monkeypatch):
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(body_limit, "BYTES_PER_SECOND", 0.1)
    communicator = talk(Reading())
    await communicator.send_input(piece(1))
    assert await communicator.receive_nothing(timeout=0.2)
    await communicator.send_input(piece(1, more=False))
    assert await answer(communicator) == (200, b"read")


async def test_an_application_may_wait_for_the_end_as_long_as_it_likes(monkeypatch):
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.02)
    messages = []

    async def waiting(scope, receive, send):
        messages.extend([await receive(), await receive()])

    communicator = talk(waiting)
    await communicator.send_input(piece(1, more=False))
    assert await communicator.receive_nothing(timeout=0.1)
    await communicator.send_input({"type": "http.disconnect"})
    await communicator.wait(120)
    assert messages[-1]["type"] == "http.disconnect"


async def test_all_bodies_together_have_a_bound(monkeypatch):
    monkeypatch.setattr(body_limit, "BODIES_AT_ONCE", 2)
    limited = BodyLimit(Reading(), limit=100)
    scope = {"type": "http", "headers": []}
    slow = [ApplicationCommunicator(limited, scope) for _ in range(2)]
    for communicator in slow:
        await communicator.send_input(piece(100))
        assert await communicator.receive_nothing(timeout=0.05)
    third = ApplicationCommunicator(limited, scope)
    await third.send_input(piece(1))
    start, _body = await third.receive_output(120), await third.receive_output(120)
    assert start["status"] == 503
    assert dict(start["headers"])[b"retry-after"]
    for communicator in slow:
        await communicator.send_input(piece(0, more=False))
        assert (await answer(communicator))[0] == 200
    again = ApplicationCommunicator(limited, scope)
    await again.send_input(piece(100, more=False))
    assert (await answer(again))[0] == 200


async def test_what_leaves_in_the_middle_takes_no_room_for_ever():
    limited = BodyLimit(Reading(), limit=100)
    for _ in range(40):
        communicator = ApplicationCommunicator(limited, {"type": "http", "headers": []})
        await communicator.send_input(piece(90))
        await communicator.send_input({"type": "http.disconnect"})
        assert (await answer(communicator))[0] == 200
    assert limited.room == 100 * body_limit.BODIES_AT_ONCE


async def test_a_script_is_refused_with_a_code_and_a_sentence():
    _status, body = await answer(talk(Reading(), length=b"999"))
    error = json.loads(body)["error"]
    assert error["code"] == "too_large"
    assert error["message"].endswith("smaller picture.")


async def test_a_form_is_refused_with_a_sentence():
    _status, body = await answer(talk(Reading(), length=b"999", accept=b"text/html,*/*"))
    assert body == b"That is larger than 0.0977 kB, the limit. Please choose a smaller picture."


async def test_a_visitor_who_leaves_is_no_error():
    application = Reading()
    communicator = talk(application)
    await communicator.send_input({"type": "http.disconnect"})
    assert (await answer(communicator))[0] == 200


async def test_requests_do_not_count_for_one_another():
    limited = BodyLimit(Reading(), limit=100)
    scope = {"type": "http", "headers": []}
    answers = []
    for _ in range(3):
        communicator = ApplicationCommunicator(limited, scope)
        await communicator.send_input(piece(90, more=False))
        answers.append((await answer(communicator))[0])
        await asyncio.sleep(0)
    assert answers == [200, 200, 200]
