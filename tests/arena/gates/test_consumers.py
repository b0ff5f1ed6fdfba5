"""A voter and a network have so many sockets open, and a socket says so much."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core import signing

from arena.gates.consumers import TOO_MANY, SocketLimits
from arena.voters.selectors import COOKIE, SALT


async def listening(scope, receive, send):
    """Accepts, and stays until the browser has gone."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


@pytest.fixture
def opened():
    """Open a socket; returns the line and the code it was closed with, None where it lives."""
    limits = SocketLimits(listening)

    async def open_one(voter=None, address="192.0.2.1"):
        cookie = f"{COOKIE}={signing.dumps(str(voter), salt=SALT)}" if voter else ""
        headers = [(b"cookie", cookie.encode())]
        scope = {"type": "websocket", "headers": headers, "client": (address, 1)}
        line = ApplicationCommunicator(limits, scope)
        await line.send_input({"type": "websocket.connect"})
        assert (await line.receive_output(120))["type"] == "websocket.accept"
        if await line.receive_nothing(timeout=0.02):
            return line, None
        return line, (await line.receive_output(120))["code"]

    return open_one


async def leave(line):
    await line.send_input({"type": "websocket.disconnect", "code": 1001})
    await line.wait(120)


async def test_a_voter_has_so_many_open_and_may_open_another_when_one_closes(opened, settings):
    settings.SOCKETS_VOTER = 2
    voter = uuid.uuid4()
    first, _ = await opened(voter)
    second, code = await opened(voter, "203.0.113.1")
    assert code is None
    assert (await opened(voter, "198.51.100.1"))[1] == TOO_MANY
    other, code = await opened(uuid.uuid4())
    assert code is None
    await leave(first)
    third, code = await opened(voter)
    assert code is None
    for line in (second, third, other):
        await leave(line)


async def test_an_ended_sign_in_takes_no_socket_from_its_owners_limit(opened, settings):
    settings.SOCKETS_VOTER = 1
    voter = uuid.uuid4()
    ended, _ = await opened(f"{voter}:ended")
    own, code = await opened(f"{voter}:now")
    assert code is None
    assert (await opened(f"{voter}:now"))[1] == TOO_MANY
    for line in (ended, own):
        await leave(line)


async def test_a_network_has_so_many_open_whoever_its_voters_are(opened, settings):
    settings.SOCKETS_NETWORK = 3
    lines = [(await opened(uuid.uuid4(), f"192.0.2.{n}"))[0] for n in range(3)]
    assert (await opened(None, "192.0.2.200"))[1] == TOO_MANY
    elsewhere, code = await opened(None, "203.0.113.1")
    assert code is None
    for line in (*lines, elsewhere):
        await leave(line)


async def test_who_says_too_much_is_closed(opened, settings):
    settings.SOCKET_MESSAGES = 5
    line, _ = await opened()
    for _ in range(6):
        await line.send_input({"type": "websocket.receive", "text": "x"})
    assert await line.receive_output(120) == {"type": "websocket.close", "code": TOO_MANY}
    await line.wait(120)


async def test_a_socket_that_is_cut_off_is_not_counted_any_more(opened, settings):
    settings.SOCKETS_NETWORK = 1
    line, _ = await opened()
    line.future.cancel()
    await asyncio.sleep(0)
    for _ in range(100):
        again, code = await opened()
        if code is None:
            break
    assert code is None
    await leave(again)
