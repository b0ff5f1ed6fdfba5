"""Both ways in, through the whole application."""

from __future__ import annotations

import json

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from arena.config.asgi import FORM_BYTES, application

JSON = (b"accept", b"application/json")


async def ask(*headers, method="POST", path="/battles/", host=b"localhost", body=b""):
    """Send a body in one piece; returns the status and what came back."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", host), *headers],
    }
    line = ApplicationCommunicator(application, scope)
    await line.send_input({"type": "http.request", "body": body, "more_body": False})
    start, piece = await line.receive_output(10), await line.receive_output(10)
    await line.wait(10)
    return start["status"], piece["body"]


async def test_an_announced_giant_is_refused_before_django_sees_it():
    giant = str(settings.UPLOAD_MAX_BYTES + FORM_BYTES + 1).encode()
    status, body = await ask((b"content-length", giant), JSON)
    assert (status, json.loads(body)["error"]["code"]) == (413, "too_large")


async def test_a_giant_without_a_length_is_refused_too():
    giant = bytes(settings.UPLOAD_MAX_BYTES + FORM_BYTES + 1)
    status, _body = await ask((b"content-type", b"multipart/form-data; boundary=x"), body=giant)
    assert status == 413


@pytest.mark.parametrize("host", [b"evil.example", b"localhost.evil.example", b"", b"a b", b"[::"])
async def test_a_host_that_is_not_ours_is_refused(host):
    status, _body = await ask(method="GET", path="/about/", host=host)
    assert status == 400


async def opened(path, origin):
    """How a websocket's opening is answered."""
    headers = [(b"host", b"localhost"), (b"origin", origin)]
    scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
    line = ApplicationCommunicator(application, scope)
    await line.send_input({"type": "websocket.connect"})
    answer = await line.receive_output(10)
    await line.wait(10)
    return answer["type"]


@pytest.mark.parametrize("path", ["/ws/battles/x", "/ws/leaderboard"])
async def test_every_websocket_stands_behind_the_origin_check(path):
    assert await opened(path, b"https://evil.example") == "websocket.close"


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/nothing", "/ws/battles/", "/battles/x/"])
async def test_a_websocket_that_leads_nowhere_is_refused(path):
    assert await opened(path, b"http://localhost") == "websocket.close"
