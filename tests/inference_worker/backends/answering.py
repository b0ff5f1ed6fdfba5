"""An OpenAI-compatible endpoint on loopback that says what a test tells it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def endpoint(
    *,
    words=5,
    status=200,
    body=None,
    lines=None,
    gate=None,
    seen=None,
    raw=None,
    judge=None,
    port=0,
):
    """The port of a server that streams ``words`` words and stops, capped as asked.

    ``status`` other than 200 answers with ``body``; ``lines`` replaces the whole stream, ``raw``
    does so byte for byte; ``gate`` is waited for after each line; ``seen`` collects (path, headers,
    message). ``judge`` makes of a message the body of a refusal with status 400, or None.
    """
    wait = (lambda: gate.wait(120)) if gate is not None else (lambda: None)

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            (seen if seen is not None else []).append((self.path, self.headers, message))
            refusal = judge(message) if judge is not None else None
            self.send_response(400 if refusal else status)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Location", str(body))
            self.end_headers()
            cap = message.get("max_tokens") or message.get("max_completion_tokens")
            for line in [json.dumps(refusal)] if refusal else self._lines(cap):
                self.wfile.write(line if isinstance(line, bytes) else line.encode())
                self.wfile.flush()
                wait()

        def _lines(self, cap):
            if status != 200:
                return [json.dumps(body or {})]
            if raw is not None:
                return raw
            told = said(words, cap) if lines is None else lines
            return [f"data: {line}\n\n" for line in told]

        def log_message(self, *args):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Answering)
    server.handle_error = lambda *_: None  # who hangs up early is part of some tests
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def chunk(text=None, finish=None, **delta):
    """One chunk as such endpoints send it."""
    if text is not None:
        delta["content"] = text
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return json.dumps({**body, "choices": [choice]})


def said(words, cap):
    """``words`` words, or ``cap`` of them and then cut."""
    count = min(words, cap)
    texts = [chunk(f"word{i} ") for i in range(count)]
    return [*texts, chunk(finish="stop" if count == words else "length"), "[DONE]"]
