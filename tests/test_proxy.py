"""nginx finds a program again that has moved, and holds no body for longer than it may take."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import socketserver
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
import uvicorn

from arena.bootstrap.environment import ROOT
from arena.core.web import body_limit
from arena.core.web.body_limit import BodyLimit
from arena.core.web.connections import PatientProtocol
from arena.demo import valkey
from tests import compose, postgres
from tests.stack import until

pytestmark = [pytest.mark.slow]
FOLDER = ROOT / "arena/config/proxy"
HEADERS = (
    "Content-Security-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
)


class Names(socketserver.BaseRequestHandler):
    """A DNS server that gives every name the same address."""

    address = "127.0.0.2"

    def handle(self):
        query, line = self.request
        question = query[12 : query.index(b"\0", 12) + 5]
        head = query[:2] + b"\x81\x80" + b"\0\1" * 2 + b"\0" * 4
        answer = b"\xc0\x0c" + b"\0\1" * 2 + b"\0\0\0\1" + b"\0\4" + socket.inet_aton(self.address)
        line.sendto(head + question + answer, self.client_address)


class Said(BaseHTTPRequestHandler):
    """Says the address that it was reached at."""

    def do_GET(self):
        said = self.server.server_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *words):
        """Nothing."""


@pytest.fixture
def serve():
    running = []

    def serve(server):
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        running.append(server)
        return server.server_address[1]

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def nginx(serve, tmp_path):
    """Start an nginx with the project's own configuration before two ports; return its address."""
    if compose.NGINX is None:
        pytest.skip("no nginx on this machine")
    running = []

    def start(web, websocket, mode="plain"):
        names = serve(socketserver.ThreadingUDPServer(("127.0.0.1", 0), Names))
        own = valkey.free_port()
        text = (FOLDER / "nginx.conf").read_text().replace("/tmp/", f"{tmp_path}/")
        text = text.replace("/etc/arena", str(FOLDER))
        text = text.replace("127.0.0.11 valid=5s", f"127.0.0.1:{names} valid=1s")
        text = text.replace("web:8000", f"web:{web}").replace(
            "websocket:8001", f"websocket:{websocket}"
        )
        (tmp_path / "nginx.conf").write_text(text)
        listen = (FOLDER / f"{mode}.conf").read_text()
        (tmp_path / "listen.conf").write_text(listen.replace("8080", f"127.0.0.1:{own}"))
        # As root its workers would be an account that may not enter the folders.
        also = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        argv = [compose.NGINX, "-c", str(tmp_path / "nginx.conf"), "-g", also]
        program = subprocess.Popen(postgres.bound(argv), stdout=subprocess.DEVNULL)
        running.append(program)
        until(lambda: listens(own) or program.poll() is not None, "nginx")
        assert program.poll() is None
        return f"http://127.0.0.1:{own}"

    yield start
    for program in running:
        program.terminate()
        program.wait()


def listens(port):
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def proxy(serve, nginx):
    """An address behind which both programs are at 127.0.0.2, and once more at 127.0.0.3."""
    port = serve(HTTPServer(("127.0.0.2", 0), Said))
    serve(HTTPServer(("127.0.0.3", port), Said))
    return nginx(port, port)


@pytest.mark.parametrize("path", ["/", "/ws/1"])
def test_a_program_that_moved_is_found_again(proxy, path, monkeypatch):
    def reached():
        try:
            return httpx.get(f"{proxy}{path}", timeout=60).text
        except httpx.TransportError:
            return ""

    until(lambda: reached() == "127.0.0.2", "the first address")
    monkeypatch.setattr(Names, "address", "127.0.0.3")
    until(lambda: reached() == "127.0.0.3", "the second address")


class Bodies:
    """An ASGI application that reads a body and says how long it was."""

    def __init__(self):
        self.begun = threading.Event()
        self.requests = 0

    async def __call__(self, scope, receive, send):
        self.requests += 1
        size, more = 0, True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            self.begun.set()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(size).encode()})


@contextlib.contextmanager
def served(application):
    """Run uvicorn with the site's protocol and its limit of bodies; yield its port."""
    with socket.create_server(("127.0.0.2", 0)) as line:
        limited = BodyLimit(application, limit=11 << 20)
        config = uvicorn.Config(limited, http=PatientProtocol, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [line]}, daemon=True)
        thread.start()
        yield line.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture
def site(nginx):
    """The address, what serves pages, and what serves sockets."""
    pages, sockets = Bodies(), Bodies()
    with served(pages) as web, served(sockets) as websocket:
        yield nginx(web, websocket), pages, sockets


class Bare(socketserver.StreamRequestHandler):
    """Answers each request as servers do that refuse it before any program of ours is asked."""

    def handle(self):
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n")
        self.wfile.write(b"X-Frame-Options: SAMEORIGIN\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("path", "more"),
    [("/", {}), ("/ws/battles/x", {"Upgrade": "websocket", "Connection": "Upgrade"})],
)
def test_a_bare_refusal_of_the_servers_behind_it_has_each_header_once(serve, nginx, path, more):
    port = serve(socketserver.ThreadingTCPServer(("127.0.0.2", 0), Bare))
    reply = httpx.get(f"{nginx(port, port)}{path}", headers=more, timeout=60)
    assert reply.status_code == 400
    for name in HEADERS:
        assert len(reply.headers.get_list(name)) == 1, name
    assert reply.headers["X-Frame-Options"] == "SAMEORIGIN"  # what was said is left as it is


def begin(address, path="/battles/", length=100_000, *headers):
    """Send the head of a form and the first byte of its body."""
    host, port = address.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)), timeout=120)
    head = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {length}", *headers]
    line.sendall("\r\n".join([*head, "", "x"]).encode())
    return line


def drip(line):
    """A byte now and then until there is an answer; return its status."""
    line.settimeout(0.2)
    while True:
        with contextlib.suppress(TimeoutError):
            return int(line.recv(4096).split()[1])
        line.sendall(b"x")


@pytest.mark.parametrize("path", ["/battles/", "/battles/x/turns", "/admin/gates/"])
def test_an_upload_reaches_the_server_of_sockets_while_it_comes(site, path):
    address, pages, sockets = site
    with begin(address, path):
        assert sockets.begun.wait(120)
    assert pages.requests == 0


def test_an_upload_that_drips_is_cut(site, monkeypatch):
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 1.0)
    address, _, _ = site
    with begin(address) as line:
        assert drip(line) == 408


def test_an_upload_that_keeps_coming_is_not(site, monkeypatch):
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 10.0)
    address, _, _ = site
    reply = httpx.post(f"{address}/battles/", content=b"x" * (10 << 20), timeout=60)
    assert (reply.status_code, reply.text) == (200, str(10 << 20))


def test_any_other_body_is_held_back_until_it_is_whole(site):
    address, pages, sockets = site
    with begin(address, "/battles/x/vote", length=3) as line:
        assert not pages.begun.wait(0.5)
        line.sendall(b"yz")
        assert pages.begun.wait(120)
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
    assert sockets.requests == 0


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/battles/x/vote", 17 << 10, 413),
        ("/admin/login/", 256 << 10, 200),
        ("/admin/login/", 600 << 10, 413),
        ("/admin/gates/", 10 << 20, 200),
        ("/admin/gates/", 12 << 20, 413),
        ("/battles/", 12 << 20, 413),
        ("/battles/x/turns", 1 << 20, 200),
        ("/battles/x/turns", 12 << 20, 413),
        ("/battles/x/turns/edit", 17 << 10, 413),
    ],
)
def test_a_body_is_as_large_as_its_address_needs(site, path, size, status):
    reply = httpx.post(f"{site[0]}{path}", content=b"x" * size, timeout=60)
    assert reply.status_code == status


@pytest.mark.parametrize(
    ("path", "most"),
    [("/battles/", 30), ("/battles/x/vote", 30), ("/admin/", 20), ("/v1/chat/completions", 100)],
)
def test_an_address_has_so_many_connections_with_a_body_and_no_more(site, path, most):
    address, _, _ = site
    with contextlib.ExitStack() as opened:
        lines = [opened.enter_context(begin(address, path, 1000)) for _ in range(most)]

        def refused():
            lines.append(opened.enter_context(begin(address, path, 1000)))
            with begin(address, path, 1) as line:
                return b" 429 " in line.recv(4096)

        until(refused, "the limit")
        # One request that was answered may have been counted for a moment longer.
        assert sum(not said(line) for line in lines) >= most - 1

    def taken():
        return httpx.post(f"{address}{path}", content=b"x", timeout=60).status_code == 200

    until(taken, "room again")


def said(line):
    """Return what has come on it so far."""
    line.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        return line.recv(4096)
    return b""


def test_behind_one_more_proxy_its_word_tells_visitors_apart(nginx):
    pages, sockets = Bodies(), Bodies()
    with served(pages) as web, served(sockets) as websocket, contextlib.ExitStack() as lines:
        address = nginx(web, websocket, "behind")
        numbers = itertools.count()

        def open_one_more():
            name = f"X-Forwarded-For: 10.0.0.{next(numbers)}, 192.0.2.7"
            lines.enter_context(begin(address, "/battles/", 1000, name))

        for _ in range(30):
            open_one_more()

        def status(visitor):
            open_one_more()
            asked = {"content": b"x", "headers": {"X-Forwarded-For": f"10.0.0.99, {visitor}"}}
            return httpx.post(f"{address}/battles/", timeout=60, **asked).status_code

        until(lambda: status("192.0.2.7") == 429, "the limit")
        assert status("192.0.2.8") == 200
