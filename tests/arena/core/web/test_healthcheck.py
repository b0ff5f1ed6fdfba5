"""The health check's question."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from arena.core.web import healthcheck


@pytest.fixture
def server():
    class Told(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(int(self.path.strip("/")))
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Told) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (204, 1), (404, 1), (503, 1)])
def test_only_success_is_well(server, status, code):
    assert healthcheck.main(f"{server}/{status}") == code


@pytest.mark.parametrize(("url", "code"), [("http://127.0.0.1:1/", 1), ("file:///etc/passwd", 2)])
def test_nobody_there_is_not_well(url, code):
    assert healthcheck.main(url) == code
