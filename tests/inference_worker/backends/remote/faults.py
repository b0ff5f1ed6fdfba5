"""Thirteen faulty servers, each with the code for voters and the sentence for operators."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from tests.inference_worker.backends.remote.serving import Reply, delta, refusal

KEY = "canary-0123456789-key"
UPSTREAM = "zebra-upstream-sentence"
"""Stands in what the server says of its failure: an operator reads it and a voter does not."""


@dataclass
class Fault:
    """One faulty server."""

    script: Any
    code: str
    says: str
    """A part of the sentence that names the fault."""
    text: str = ""
    """The answer, where one comes and only a look at it tells that something is wrong."""

    @property
    def seconds(self):
        """The time of a request: short where nothing but its end is waited for."""
        return 2.0 if self.code == "timeout" else 120.0


def _silent(message):
    return Reply(is_endless=True)


def _half(message):
    return Reply([delta(content="Half an "), delta(content="ans")], is_whole=False)


def _endless(message):
    def said():
        while True:
            time.sleep(0.02)
            yield b": still here\n\n"

    return Reply(said())


def _page(message):
    page = b"<!doctype html><html><body>Welcome to nginx! " + UPSTREAM.encode() + b"</body></html>"
    return Reply(body=page, headers={"Content-Type": "text/html"})


def _moved(message):
    return Reply(status=307, body=b"", headers={"Location": "http://10.0.0.7/v1/chat/completions"})


def _says(text, name="some-vlm"):
    def script(message):
        chunk = delta(content=text) | {"model": name}
        return Reply([chunk, delta("stop") | {"model": name}, "[DONE]"])

    return script


def _error(status, message):
    def script(_):
        return refusal(f"{message} {UPSTREAM} key {KEY}", status)

    return script


def _wrong_type(message):
    body = json.dumps({"choices": "yes", "content": 7, "answer": UPSTREAM}).encode()
    return Reply(body=body)


FAULTS = {
    "slow": Fault(_silent, "timeout", "said nothing for"),
    "blind": Fault(_says("I'm sorry, but I cannot see any image."), "", "", "cannot see"),
    "wrong model": Fault(_says("A red disc.", "llama-3-8b"), "", "llama-3-8b answered", "A red"),
    "text only": Fault(
        _error(400, "some-vlm is not a multimodal model."), "refused", "text only: the model"
    ),
    "ends mid-stream": Fault(_half, "unavailable", "broke off its answer"),
    "garbage": Fault(_page, "unavailable", "'text/html'"),
    "endless": Fault(_endless, "timeout", "was still sending after"),
    "wrong type": Fault(_wrong_type, "unavailable", "without an answer that can be read"),
    "401": Fault(_error(401, "Incorrect API key"), "unavailable", "doesn't accept the key"),
    "429": Fault(_error(429, "Rate limit"), "overloaded", "limit of requests"),
    "500": Fault(_error(500, "Traceback"), "unavailable", "broke while it answered"),
    "redirect to a private address": Fault(_moved, "unavailable", "redirects to 10.0.0.7"),
}
"""The thirteenth is dead: nothing listens where it should."""
