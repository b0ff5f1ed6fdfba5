"""Ten thousand mutated messages: each is refused, or taken for exactly what it says."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from random import Random
from typing import get_args

import pytest
from msgspec import Struct
from msgspec.structs import fields, replace

from inference_worker.wire.capacity import HeldModel, MemoryBudget
from inference_worker.wire.causes import FailureCause
from inference_worker.wire.detections import Detection, DetectionKind
from inference_worker.wire.events import KINDS, WORKERS, StreamEvent, decode, decode_answer, encode
from inference_worker.wire.messages import (
    FAILURE_CODES,
    MOST,
    EarlierTurn,
    GenerationOutcome,
    GenerationRequest,
    MalformedMessage,
)
from inference_worker.wire.presence import WorkerReport
from inference_worker.wire.probes import (
    MOST_PLACES,
    MOST_TEXT,
    FormatPlaces,
    ProbeAnswer,
    ProbeOutcome,
    ProbeQuestion,
    ProbeRequest,
)
from inference_worker.wire.prompt_limits import PromptLimit
from inference_worker.wire.samples import DrawnSample
from tests.inference_worker.making import request, spec

ROUNDS = 1000
NAME = re.compile(r"[\w-]*", re.ASCII)
OUTCOME = GenerationOutcome(
    "s", "a", 1, "f", "failed", "timeout", "text", "stop", 1, 1, 1, "w", "r", "why"
)
LIMIT = PromptLimit("shipped:heron", 900, 450)
HELD = HeldModel("transformers", "shipped:heron", "abc", "loading", 1.5, 40, 12)
REPORT = WorkerReport(
    *("w", ("inference",), "cpu", ("shipped:heron",), 2, 1.5, 8, (LIMIT,)),
    *((HELD,), MemoryBudget(100, 12, 2, by_operator=True), True, ("torchvision",)),
)
EARLIER = EarlierTurn("And this?", ("cd" * 32,), "A red disc.")
PROBE = ProbeRequest(
    *("probe-1", "f", "inference", spec()),
    (
        ProbeQuestion("first", "What?", ("ab" * 32,), 64, needed=True),
        ProbeQuestion("turn", "Which?", (), 64, follows="first", places=True),
    ),
    *(20.0, 4000, 256),
)
BOX = Detection("disc", "box", (0.1, 0.12, 0.42, 0.44), 0, 2, 6)
ANSWERS = (
    ProbeAnswer("first", "A red disc.", "It is round.", 7, 3, 4, 12, 90, "stop"),
    ProbeAnswer("turn", code="refused", cause="unauthorized", reason="401"),
    ProbeAnswer("place", "[1, 2]", places=(FormatPlaces("example", (BOX,)),)),
)
PROBED = ProbeOutcome(
    *("probe-1", "f", "heron", ANSWERS, "abc", "cpu", 40, 1200),
    *("timeout", "timeout", "too late", "{}", "slow"),
)
MESSAGES = [
    replace(request(images=["ab" * 32]), earlier=(EARLIER,)),
    OUTCOME,
    REPORT,
    DrawnSample("n", "p", "shapes", "alt", "aa=="),
    PROBE,
    PROBED,
]
EVENTS = [
    StreamEvent("a", 1, 7, "opened", "0" * 64),
    StreamEvent("", 0, 0, "voted"),
    StreamEvent("b", 2, 0, "ended"),
]

RUBBISH: list[object] = [
    *(None, True, False, 0, 1, -1, 1.0, 0.5, -0.5, 1e300, 2**31, 2**63, 10**400, [], {}, [[]]),
    *("", "a", "b", "c", "one", "banana", "ended", "stop", "timeout", "1", " 1", "a\n", "\0"),
    *("\ud800", "ab" * 32, "AB" * 32, "٣", ["a"], [1], [None], {"a": 1}, {"prompt": "?"}),
]
TEXTS = [*(one for one in RUBBISH if isinstance(one, str)), "7", "07", "+7", "7_0", "-7", "7.0"]


def parts_of(data):
    """Every mapping and every list in ``data``, at any depth."""
    yield data
    for one in data.values() if isinstance(data, dict) else data:
        if isinstance(one, dict | list):
            yield from parts_of(one)


def mutated(data, random):
    """A copy with one to three values changed, taken out, put in or moved."""
    data = deepcopy(data)
    for _ in range(random.randint(1, 3)):
        part = random.choice(list(parts_of(data)))
        places = list(part) if isinstance(part, dict) else list(range(len(part)))
        if not places or random.random() < 0.1:
            extra = deepcopy(random.choice(RUBBISH))
            part.update(more=extra) if isinstance(part, dict) else part.append(extra)
        elif random.random() < 0.15:
            del part[random.choice(places)]
        elif random.random() < 0.3:
            part[random.choice(places)] = deepcopy(part[random.choice(places)])
        else:
            part[random.choice(places)] = deepcopy(random.choice(RUBBISH))
    return data


def same(one, other):
    """Equality of JSON values, for which 1 is no ``true`` and 5 is 5.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def plain(message):
    """What the message would be as JSON, with the fields that are not sent, at any depth."""
    if isinstance(message, Struct):
        return {field.name: plain(getattr(message, field.name)) for field in fields(message)}
    return [plain(one) for one in message] if isinstance(message, tuple) else message


def complete(message, data):
    """The mutated data, with the fields that it may lack, at any depth."""
    if isinstance(message, tuple):
        return [complete(*pair) for pair in zip(message, data, strict=True)]
    if not isinstance(message, Struct):
        return data
    known = {f.name: plain(f.default) for f in fields(message) if f.required is False}
    return {
        name: complete(getattr(message, name), value) if name in data else value
        for name, value in {**known, **data}.items()
    }


def check_request(one):
    assert one.side in ("a", "b")
    assert all(NAME.fullmatch(name) for name in (one.stream, one.fence))
    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in one.turn.images)
    whole = [one.attempt, one.limits.max_new_tokens, one.limits.max_characters]
    assert all(type(number) is int and 0 <= number <= MOST for number in whole)
    assert all(type(n) is float and n >= 0 for n in (one.limits.temperature, one.limits.seconds))
    assert all(type(word) is str for word in plain(one)["model"].values())
    assert all(type(turn) is EarlierTurn for turn in one.earlier)


def check_outcome(one):
    assert one.side in ("a", "b")
    assert one.status in ("ended", "failed", "lost")
    assert one.code in ("", *FAILURE_CODES)
    assert one.finish in ("stop", "length", "repetition")
    whole = [one.attempt, one.tokens, one.first_text_ms, one.total_ms]
    assert all(type(number) is int and 0 <= number <= MOST for number in whole)
    assert all(NAME.fullmatch(name) for name in (one.stream, one.fence))


def check_report(one):
    assert all(type(number) is int and 0 <= number <= MOST for number in (one.running, one.room))
    assert all(type(name) is str for name in (one.name, one.device, *one.queues, *one.loaded))
    assert all(type(limit) is PromptLimit for limit in one.limits)
    assert all(model.phase in ("downloading", "loading", "ready") for model in one.models)
    assert all(0 <= model.percent <= 100 for model in one.models)
    assert one.memory is None or 1 <= one.memory.bytes_per_number <= 8


def check_sample(one):
    assert all(type(word) is str for word in one.to_json().values())


def check_probe(one):
    assert all(re.fullmatch("[a-z_0-9]{1,40}", question.name) for question in one.questions)
    whole = [*(q.max_new_tokens for q in one.questions), one.max_reasoning_tokens]
    assert all(type(number) is int and 0 <= number <= MOST for number in whole)
    assert all(type(flag) is bool for q in one.questions for flag in (q.needed, q.places))


def check_probed(one):
    for answer in (one, *one.answers):
        assert answer.code in ("", *FAILURE_CODES)
        assert answer.cause in ("", *get_args(FailureCause))
    assert all(len(text) <= MOST_TEXT for a in one.answers for text in (a.text, a.reasoning))
    found = [read.places for answer in one.answers for read in answer.places]
    assert all(len(places) <= MOST_PLACES for places in found)
    assert all(place.kind in get_args(DetectionKind) for places in found for place in places)
    assert all(0 <= n <= 1 for places in found for place in places for n in place.coordinates)


CHECKS = {
    GenerationRequest: check_request,
    GenerationOutcome: check_outcome,
    WorkerReport: check_report,
    DrawnSample: check_sample,
    ProbeRequest: check_probe,
    ProbeOutcome: check_probed,
}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_a_mutated_message_is_refused_or_taken_as_it_is(message):
    kind, random, taken = type(message), Random(11), 0
    sent = json.loads(json.dumps(message.to_json()))
    for _ in range(ROUNDS):
        data = mutated(sent, random)
        try:
            read = kind.from_json(data)
        except MalformedMessage:
            continue
        taken += 1
        assert same(plain(read), complete(read, data)), data
        CHECKS[kind](read)
    assert 0 < taken < ROUNDS / 2


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: type(one).__name__)
def test_a_message_with_flipped_bytes_is_refused_or_taken_as_it_is(message):
    kind, random = type(message), Random(12)
    sent = json.dumps(message.to_json()).encode()
    for _ in range(ROUNDS // 2):
        raw = bytearray(sent)
        for _ in range(random.randint(1, 2)):
            raw[random.randrange(len(raw))] = random.randrange(256)
        try:
            data = json.loads(bytes(raw))
            read = kind.from_json(data)
        except ValueError:  # no JSON, no text, or MalformedMessage
            continue
        assert same(plain(read), complete(read, data)), data
        CHECKS[kind](read)


def entry_of(fields):
    return {key.encode(): value.encode(errors="surrogatepass") for key, value in fields.items()}


def mutated_entry(entry, random):
    entry = dict(entry)
    for _ in range(random.randint(1, 2)):
        name = random.choice([*entry, b"y"] if random.random() < 0.2 else list(entry) or [b"n"])
        if random.random() < 0.2:
            entry.pop(name, None)
        elif random.random() < 0.3:
            entry[name] = random.randbytes(random.randint(0, 3))
        else:
            entry[name] = random.choice(TEXTS).encode(errors="surrogatepass")
    return entry


@pytest.mark.parametrize("event", EVENTS, ids=lambda one: one.kind)
def test_a_mutated_event_of_the_site_is_refused_or_taken_as_it_is(event):
    random, sent = Random(13), entry_of(encode(event))
    for _ in range(ROUNDS // 2):
        entry = mutated_entry(sent, random)
        try:
            read = decode(entry)
        except MalformedMessage:
            continue
        assert entry_of(encode(read)) == entry
        assert read.side in ("", "a", "b")
        assert read.kind in KINDS
        assert 0 <= read.attempt <= MOST
        assert 0 <= read.number <= MOST


def test_a_mutated_event_of_a_worker_is_refused_or_taken_as_it_is():
    random, taken = Random(14), 0
    sent = {b"n": b"7", b"k": b"delta", b"x": b"word"}
    for _ in range(ROUNDS // 2):
        entry = mutated_entry(sent, random)
        try:
            read = decode_answer(entry, side="b", attempt=2)
        except MalformedMessage:
            continue
        taken += 1
        said = entry_of(encode(read))
        assert {name: said[name] for name in sent} == entry
        assert (read.side, read.attempt, read.kind in WORKERS) == ("b", 2, True)
    assert taken
