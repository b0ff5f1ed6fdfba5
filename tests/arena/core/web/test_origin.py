"""A websocket is opened by our own page or not at all."""

from __future__ import annotations

import pytest
from asgiref.testing import ApplicationCommunicator

from arena.core.web.origin import SameOrigin

HOST = b"arena.example:8443"


@pytest.fixture(autouse=True)
def _hosts(settings):
    settings.ALLOWED_HOSTS = ["arena.example", "192.0.2.7", "[::1]"]


async def accepting(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})


async def answer_to(*headers):
    scope = {"type": "websocket", "path": "/ws", "headers": list(headers)}
    communicator = ApplicationCommunicator(SameOrigin(accepting), scope)
    await communicator.send_input({"type": "websocket.connect"})
    answer = await communicator.receive_output(120)
    await communicator.wait(120)
    return answer["type"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (b"http://arena.example:8443", HOST),
        (b"https://arena.example:8443", HOST),
        (b"https://arena.example", b"arena.example"),
        (b"https://arena.example", b"ARENA.example"),
        (b"http://192.0.2.7:8000", b"192.0.2.7:8000"),
        (b"http://[::1]:8000", b"[::1]:8000"),
    ],
)
async def test_the_own_page_is_let_in(origin, host):
    assert await answer_to((b"origin", origin), (b"host", host)) == "websocket.accept"


@pytest.mark.parametrize(
    "origin",
    [
        b"",
        b"null",
        b"https://evil.example",
        b"https://arena.example.evil.example:8443",
        b"https://evil-arena.example:8443",
        b"https://arena.example",
        b"https://arena.example:8444",
        b"ftp://arena.example:8443",
        b"HTTPS://arena.example:8443",
        b"https://ARENA.example:8443",
        b"https://192.0.2.7:8443",
        b"https://user@arena.example:8443",
        b"https://arena.example:8443/",
        b"https://arena.example:8443/page",
        b"https://arena.exam\tple:8443",
        b"https://arena.example:8443 https://evil.example",
        b"//arena.example:8443",
        b"arena.example:8443",
        b"https://arena.ex\xc3\xa4mple:8443",
        b"https://[::1",
    ],
)
async def test_every_other_origin_is_refused_before_the_socket_opens(origin):
    assert await answer_to((b"origin", origin), (b"host", HOST)) == "websocket.close"


async def test_a_missing_origin_is_refused():
    assert await answer_to((b"host", HOST)) == "websocket.close"


async def test_a_missing_host_is_refused():
    assert await answer_to((b"origin", b"https://arena.example")) == "websocket.close"


@pytest.mark.parametrize("order", [1, -1])
async def test_two_origins_are_refused(order):
    origins = [(b"origin", b"https://arena.example:8443"), (b"origin", b"https://evil.example")]
    assert await answer_to(*origins[::order], (b"host", HOST)) == "websocket.close"


async def test_two_hosts_are_refused():
    hosts = [(b"host", HOST), (b"host", b"evil.example")]
    answer = await answer_to((b"origin", b"https://arena.example:8443"), *hosts)
    assert answer == "websocket.close"


async def test_a_host_that_is_not_ours_is_refused_even_when_both_agree():
    answer = await answer_to((b"origin", b"https://evil.example"), (b"host", b"evil.example"))
    assert answer == "websocket.close"


async def test_with_https_a_plain_page_is_refused(settings):
    settings.HTTPS = True
    answer = await answer_to((b"origin", b"http://arena.example:8443"), (b"host", HOST))
    assert answer == "websocket.close"
