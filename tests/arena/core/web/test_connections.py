"""A connection whose request never becomes whole is closed; others live on."""

from __future__ import annotations

import asyncio

import pytest
import uvicorn

from arena.core.web import connections
from arena.core.web.connections import PatientProtocol
from arena.core.web.security_headers import missing_headers

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def answering(scope, receive, send):
    """Takes longer than a head may, so that who waits for an answer is seen to be left alone."""
    await asyncio.sleep(connections.HEAD_SECONDS + 0.2)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


@pytest.fixture
def head_seconds():
    """A short time: most tests here wait until it is over."""
    return 0.1


@pytest.fixture
async def line(unused_tcp_port, monkeypatch, head_seconds):
    """A connection to a server that waits so long for a head."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", head_seconds)
    config = uvicorn.Config(
        answering, port=unused_tcp_port, http=PatientProtocol, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn sets no event
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
    yield reader, writer
    writer.close()
    server.should_exit = True
    await serving


async def rest(reader):
    """All that comes until the server closes."""
    try:
        return await asyncio.wait_for(reader.read(), 120)
    except ConnectionError:
        return b""


async def test_who_says_nothing_is_cut_off(line):
    reader, _writer = line
    assert await rest(reader) == b""


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\n", REQUEST[:-2]])
async def test_who_never_comes_to_the_end_of_a_head_is_cut_off(line, begun):
    reader, writer = line
    writer.write(begun)
    assert await rest(reader) == b""


async def test_a_head_that_drips_is_cut_off(line):
    reader, writer = line
    dripping = asyncio.create_task(drip(writer))
    assert await rest(reader) == b""
    dripping.cancel()


async def drip(writer):
    for byte in REQUEST * 20:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("head_seconds", [1.0])  # to be written in, on a busy machine, too
async def test_an_answer_may_take_longer_and_another_request_may_follow(line):
    reader, writer = line
    for _ in range(2):
        writer.write(REQUEST)
        answer = await asyncio.wait_for(reader.readuntil(b"fine\r\n0\r\n\r\n"), 120)
        assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("head_seconds", [10.0])
async def test_what_is_no_http_is_answered_with_all_headers(line):
    reader, writer = line
    writer.write(b"\x00\xff nonsense\r\n\r\n")
    head = (await rest(reader)).partition(b"\r\n\r\n")[0].decode()
    assert head.startswith("HTTP/1.1 400")
    assert missing_headers(row.partition(":")[0] for row in head.splitlines()[1:]) == {}
