"""nginx finds a program again that has come back under another address."""

from __future__ import annotations

import re
import socket
import socketserver
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from arena.demo import valkey
from arena.demo.bootstrap import ROOT
from tests import compose, postgres
from tests.stack import until

pytestmark = [pytest.mark.slow]
FOLDER = ROOT / "arena/config/proxy"


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
def proxy(serve, tmp_path):
    """The address of an nginx with the project's own configuration, and its upstreams' port."""
    if compose.NGINX is None:
        pytest.skip("no nginx on this machine")
    names = serve(socketserver.ThreadingUDPServer(("127.0.0.1", 0), Names))
    port = serve(HTTPServer(("127.0.0.2", 0), Said))
    serve(HTTPServer(("127.0.0.3", port), Said))
    own = valkey.free_port()
    text = (FOLDER / "nginx.conf").read_text().replace("/tmp/", f"{tmp_path}/")
    text = text.replace("127.0.0.11 valid=5s", f"127.0.0.1:{names} valid=1s")
    text = re.sub(r"(web|websocket):800[01]", rf"\1:{port}", text)
    (tmp_path / "nginx.conf").write_text(text)
    (tmp_path / "listen.conf").write_text(f"listen 127.0.0.1:{own};")
    argv = [compose.NGINX, "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
    with subprocess.Popen(postgres.bound(argv), stdout=subprocess.DEVNULL) as program:
        yield f"http://127.0.0.1:{own}"
        program.terminate()


@pytest.mark.parametrize("path", ["/", "/ws/1"])
def test_a_program_that_moved_is_found_again(proxy, path, monkeypatch):
    def reached():
        try:
            return httpx.get(f"{proxy}{path}").text
        except httpx.TransportError:
            return ""

    until(lambda: reached() == "127.0.0.2", "the first address")
    monkeypatch.setattr(Names, "address", "127.0.0.3")
    until(lambda: reached() == "127.0.0.3", "the second address")
