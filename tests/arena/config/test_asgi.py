"""Both ways in, through the whole application."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from arena.bootstrap.environment import ROOT
from arena.config.asgi import FORM_BYTES, application
from arena.config.wsgi import application as wsgi
from arena.core.web.security_headers import missing_headers
from tests.arena.gates.counts import forget_counts

STARTED = """
import gc, importlib
for name in ("asgi", "wsgi"):
    gc.set_threshold(50_000)
    importlib.import_module(f"arena.config.{name}")
    print(gc.get_threshold()[0], gc.get_freeze_count() > 0)
"""
JSON = (b"accept", b"application/json")


def test_garbage_with_uploads_in_it_does_not_wait_for_long():
    done = subprocess.run([sys.executable, "-c", STARTED], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["700", "True"] * 2, done.stderr


def test_what_a_web_process_seldom_needs_is_not_loaded_with_it():
    """pyarrow alone takes 31 MB, of 400 that a web process may have."""
    program = "import sys, arena.config.asgi; print({'pyarrow', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["set()"], done.stderr


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
    start, piece = await line.receive_output(120), await line.receive_output(120)
    await line.wait(120)
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


class TestFullSite:
    """A script is refused ahead of Django, a form by the page that has its words."""

    @pytest.fixture(autouse=True)
    def _full(self, settings, valkey_url, transactional_db):
        settings.DISK_FREE_BYTES = 1 << 60
        forget_counts()

    async def test_a_script_is_refused(self):
        for _ in range(2):  # asked, and known
            status, body = await ask(JSON, body=b"prompt=x")
            assert (status, json.loads(body)["error"]["code"]) == (503, "no_room")

    async def test_both_servers_know_of_one_refusal(self):
        await ask(JSON, body=b"prompt=x")
        said = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/battles/",
            "HTTP_ACCEPT": "application/json",
            "wsgi.input": io.BytesIO(b"prompt=x"),
        }
        body = wsgi(environ, lambda *head: said.append(head))
        assert json.loads(b"".join(body))["error"]["code"] == "no_room"
        [(status, headers)] = said
        assert status.startswith("503 ")
        assert missing_headers(name for name, _ in headers) == {}

    async def test_a_form_gets_its_words_back_from_a_site_that_is_known_to_be_full(self):
        await ask(JSON, body=b"prompt=x")
        token = "a" * 32
        status, body = await ask(
            (b"accept", b"text/html,*/*"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"cookie", b"csrftoken=" + token.encode()),
            body=f"prompt=What+bird+is+this%3F&csrfmiddlewaretoken={token}".encode(),
        )
        assert status == 503
        assert b"What bird is this?" in body


async def opened(path, origin):
    """How a websocket's opening is answered."""
    headers = [(b"host", b"localhost"), (b"origin", origin)]
    scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
    line = ApplicationCommunicator(application, scope)
    await line.send_input({"type": "websocket.connect"})
    answer = await line.receive_output(120)
    await line.wait(120)
    return answer["type"]


@pytest.mark.parametrize("path", ["/ws/battles/x", "/ws/leaderboard"])
async def test_every_websocket_stands_behind_the_origin_check(path):
    assert await opened(path, b"https://evil.example") == "websocket.close"


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/nothing", "/ws/battles/", "/battles/x/"])
async def test_a_websocket_that_leads_nowhere_is_refused(path):
    assert await opened(path, b"http://localhost") == "websocket.close"
