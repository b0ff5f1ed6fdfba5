"""A real mail server and a real web server on the loopback, which keep what they are sent."""

from __future__ import annotations

import socketserver
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread


@contextmanager
def serving(server):
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much of SMTP (RFC 5321) as a client needs to hand over a mail."""

    daemon_threads = allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.mails, self.answer = [], "250 taken"

    @property
    def port(self):
        return self.server_address[1]


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 mail")
        while line := self.rfile.readline():
            verb = line.split(maxsplit=1)[0].upper()
            if verb == b"DATA":
                self._say("354 go on")
                self._take()
                self._say(self.server.answer)
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 mail")

    def _take(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        if self.server.answer.startswith("250"):
            self.server.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class HookServer(HTTPServer):
    """Keeps the bodies that are posted to it, and answers with ``status``."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Requests)
        self.bodies, self.status = [], 204

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/hook?key=secret"


class _Requests(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.status < 300:
            self.server.bodies.append((body, dict(self.headers)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""
