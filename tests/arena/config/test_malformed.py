"""Whatever a request looks like, it is answered with a status below 500 and with all headers.

A page that has no two models to show says 503 and when to come back: that is no answer to the form
of a request, and these tests run longer than a worker's report lives.
"""

from __future__ import annotations

import io
from urllib.parse import unquote_to_bytes

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core import signing
from django.test import Client

from arena.config.asgi import application as asgi
from arena.config.wsgi import application as wsgi
from arena.core.web.request_log import NoAddresses
from arena.voters.selectors import COOKIE, SALT
from tests.factories import make_battle, make_models
from tests.malformed import addresses, malformed

HEADERS = {
    "content-security-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}
COUNT = 1000


@pytest.fixture
def requests(admin_user, transactional_db):
    """Malformed requests of strangers, a voter and an operator, at what exists and what not."""
    make_models("heron", "kestrel")
    battle = make_battle(state="voting")
    operator = Client()
    operator.force_login(admin_user)
    cookies = [
        f"{COOKIE}={signing.dumps(str(battle.voter_id), salt=SALT)}".encode(),
        f"sessionid={operator.cookies['sessionid'].value}".encode(),
    ]
    known = [battle.public_id, "heron", "1", str(battle.pk)]
    return lambda seed: malformed(seed=seed, count=COUNT, known=known, cookies=cookies)


def whole(request):
    """Whether a server hands such a request on, to an application."""
    if b" " in request.target or b"\0" in request.target or not request.target.startswith(b"/"):
        return False
    named = all(name and name.isascii() and name.strip() == name for name, _ in request.headers)
    sane = not any(set(value) & set(b"\0\r\n") for _, value in request.headers)
    return named and sane and b"\0" not in b"".join(name for name, _ in request.headers)


async def by_asgi(request):
    """As uvicorn hands it on; returns status and headers."""
    path, _, query = request.target.partition(b"?")
    headers = [(name.lower(), value) for name, value in request.headers]
    if not any(name == b"host" for name, _ in headers):
        headers.append((b"host", b"localhost"))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method.decode(),
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    line = ApplicationCommunicator(asgi, scope)
    await line.send_input({"type": "http.request", "body": request.body, "more_body": False})
    start = await line.receive_output(120)
    await line.wait(120)
    return start["status"], [name.decode().lower() for name, _ in start["headers"]]


def by_wsgi(request):
    """As Granian hands it on; returns status and headers."""
    path, _, query = request.target.partition(b"?")
    environ = {
        "REQUEST_METHOD": request.method.decode(),
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    for name, value in request.headers:
        key = name.decode().upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = value.decode("latin-1")
    answered = []
    body = wsgi(environ, lambda status, headers: answered.append((status, headers)))
    for _piece in body:
        pass
    getattr(body, "close", int)()
    [(status, headers)] = answered
    return int(status.split()[0]), [name.lower() for name, _ in headers]


def tracebacks(caplog):
    """What the site's own log would say of faults."""
    with_faults = [record for record in caplog.records if NoAddresses().filter(record)]
    return [record.getMessage() for record in with_faults if record.exc_info]


def judge(request, status, names, caplog):
    told = f"{request.kind}: {request.method} {request.target[:200]} {str(request.headers)[:300]}"
    assert status < 500 or (status == 503 and "retry-after" in names), told
    assert set(names) >= HEADERS, told
    assert {name for name in names if names.count(name) > 1} <= {"set-cookie"}, told
    assert not tracebacks(caplog), told
    caplog.clear()


@pytest.mark.parametrize("seed", [1])
async def test_as_uvicorn_hands_it_on(requests, caplog, seed):
    for request in requests(seed):
        if whole(request):
            judge(request, *await by_asgi(request), caplog)


@pytest.mark.parametrize("seed", [2])
def test_as_granian_hands_it_on(requests, caplog, seed):
    for request in requests(seed):
        if whole(request):
            judge(request, *by_wsgi(request), caplog)


def test_every_address_is_among_them():
    found = addresses()
    assert len(found) > 100
    assert {"/", "/battles/{}/vote", "/admin/login/", "/api/v1/openapi.json"} <= set(found)
