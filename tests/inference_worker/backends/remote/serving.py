"""Endpoints on loopback that behave as those of 2026 do: HTTP/1.1, chunked, each by a script.

A script is a function of the request's JSON. It returns a ``Reply``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What a server says: a stream of messages, or a body with its status."""

    messages: Iterable[Any] = ()
    """Each a JSON value, a text that is sent as it is, or bytes that are sent without framing."""
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_whole: bool = True
    """Whether the stream ends as HTTP says, instead of with the connection."""
    is_endless: bool = False
    """Whether nothing follows the messages, not even an end, for as long as the server runs."""


def refusal(message, status=400, **more):
    """An error as OpenAI's servers write it."""
    error = {"message": message, "type": "invalid_request_error", **more}
    return Reply(status=status, body=json.dumps({"error": error}).encode())


@contextmanager
def serving(script: Callable[[dict], Reply], *, seen=None):
    """The port of a server that answers by a script; ``seen`` collects (path, headers, message),
    the message of a GET being None."""
    server = _ScriptedServer(script, [] if seen is None else seen)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()


class _ScriptedServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script, seen):
        super().__init__(("127.0.0.1", 0), _ScriptedEndpoint)
        self.script, self.seen = script, seen
        self.ending = threading.Event()

    def handle_error(self, request, client_address):
        """Quiet: who hangs up early is part of some tests."""


class _ScriptedEndpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(None)

    def do_POST(self):
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, message):
        self.server.seen.append((self.path, self.headers, message))
        reply = self.server.script(message)
        self.send_response(reply.status)
        kind = "text/event-stream" if reply.body is None else "application/json"
        for name, value in ({"Content-Type": kind} | reply.headers).items():
            self.send_header(name, value)
        if reply.body is None:
            self._stream(reply)
        else:
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    def _stream(self, reply):
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for message in reply.messages:
            self._chunk(_event(message))
        if reply.is_endless:
            self.server.ending.wait()
        if reply.is_whole:
            self._chunk(b"")
        else:
            self.close_connection = True

    def _chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *args):
        """Quiet."""


def _event(message):
    if isinstance(message, bytes):
        return message
    if isinstance(message, str):
        return f"data: {message}\n\n".encode()
    kind = f"event: {message['type']}\n" if "type" in message else ""
    return f"{kind}data: {json.dumps(message)}\n\n".encode()


def delta(finish=None, **said):
    """A chunk of OpenAI's protocol."""
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "model": "some-vlm", "choices": [choice]}


def usage(completion, reasoning=None, **more):
    """The last chunk, with the count of tokens and no choices."""
    counted = {"prompt_tokens": 9, "completion_tokens": completion, **more}
    if reasoning is not None:
        counted["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return {"id": "1", "object": "chat.completion.chunk", "choices": [], "usage": counted}
