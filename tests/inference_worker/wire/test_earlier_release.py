"""Messages as the release 0.1.0 sends them, written out: a rolling upgrade meets them in queues."""

from __future__ import annotations

import json

from inference_worker.wire.events import StreamEvent, decode, decode_answer
from inference_worker.wire.messages import (
    AnswerLimits,
    GenerationOutcome,
    GenerationRequest,
    ModelSpec,
    TurnInput,
)
from inference_worker.wire.presence import WorkerReport
from inference_worker.wire.prompt_limits import PromptLimit
from inference_worker.wire.samples import DrawnSample

REQUEST = """{"stream": "pFJc0K-2bmw7nUoX_0hQ3A", "side": "b", "attempt": 2,
 "fence": "Zb7hYx3c0aQmS1dJ8kPqLrT5uVwXyZ_-0123456789A", "queue": "inference",
 "model": {"backend": "transformers", "source": "shipped:heron-s", "revision": "",
  "base_url": "", "sealed_key": ""},
 "turn": {"prompt": "What is this?",
  "images": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]},
 "limits": {"max_new_tokens": 512, "max_characters": 8000, "temperature": 0.7, "seconds": 60}}"""

OUTCOME = """{"stream": "pFJc0K-2bmw7nUoX_0hQ3A", "side": "b", "attempt": 2,
 "fence": "Zb7hYx3c0aQmS1dJ8kPqLrT5uVwXyZ_-0123456789A", "status": "ended", "code": "",
 "text": "A red disc.", "finish": "stop", "tokens": 4, "first_text_ms": 90, "total_ms": 400,
 "worker": "host-7", "revision": "abc"}"""

REPORT = """{"name": "host-7", "queues": ["inference"], "device": "cpu",
 "loaded": ["shipped:heron-s"], "running": 1, "since": 1764370000.25, "room": 32,
 "limits": [{"source": "shipped:heron-s", "tokens": 900, "rate": 450}]}"""

SAMPLE = """{"name": "shapes-01", "prompt": "What is this?", "category": "shapes",
 "alt": "Shapes: red disc", "picture": "iVBORw0KGgo="}"""


def test_a_request_is_understood():
    assert GenerationRequest.from_json(json.loads(REQUEST)) == GenerationRequest(
        "pFJc0K-2bmw7nUoX_0hQ3A",
        "b",
        2,
        "Zb7hYx3c0aQmS1dJ8kPqLrT5uVwXyZ_-0123456789A",
        "inference",
        ModelSpec("transformers", "shipped:heron-s", "", "", ""),
        TurnInput(
            "What is this?", ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",)
        ),
        AnswerLimits(512, 8000, 0.7, 60.0),
    )


def test_an_outcome_is_understood():
    read = GenerationOutcome.from_json(json.loads(OUTCOME))
    assert (read.text, read.status, read.reason) == ("A red disc.", "ended", "")


def test_a_report_is_understood():
    read = WorkerReport.from_json(json.loads(REPORT))
    assert (read.room, read.limits) == (32, (PromptLimit("shipped:heron-s", 900, 450),))


def test_a_sample_is_understood():
    assert DrawnSample.from_json(json.loads(SAMPLE)).name == "shapes-01"


def test_events_are_understood():
    opened = {b"s": b"a", b"t": b"1", b"n": b"0", b"k": b"opened", b"x": b"0f" * 32}
    assert decode(opened) == StreamEvent("a", 1, 0, "opened", "0f" * 32)
    said = {b"n": b"12", b"k": b"delta", b"x": "größer".encode()}
    assert decode_answer(said, side="a", attempt=1) == StreamEvent("a", 1, 12, "delta", "größer")


def test_the_release_before_understands_what_is_sent_now():
    """Its readers refuse a field that they don't know: these are the fields that it knows."""
    for kind, sent in (
        (GenerationRequest, REQUEST),
        (GenerationOutcome, OUTCOME),
        (DrawnSample, SAMPLE),
    ):
        data = json.loads(sent)
        assert json.loads(json.dumps(kind.from_json(data).to_json())) == data
