"""Requests, specs and pictures for tests."""

from __future__ import annotations

import io
import secrets
import time
from threading import Event

from msgspec.structs import replace
from PIL import Image

from inference_worker.backends.base import BackendError, GenerationInput, SamplingParams
from inference_worker.settings import WorkerSettings
from inference_worker.wire import keys, leases
from inference_worker.wire.messages import AnswerLimits, GenerationRequest, ModelSpec, TurnInput


def until(condition, seconds=120.0):
    """Return when ``condition`` holds; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def spec(source="tokens=4", backend="scripted", **more):
    fields = {"revision": "", "base_url": "", "sealed_key": ""} | more
    return ModelSpec(backend=backend, source=source, **fields)


def limits(**more):
    fields = {"max_new_tokens": 64, "max_characters": 4000, "temperature": 0.0, "seconds": 120.0}
    return AnswerLimits(**(fields | more))


def request(source="tokens=4", *, model=None, images=(), **more):
    """One attempt at a side of a fresh battle; ``more`` are its own fields, or limits."""
    own = {"side": "a", "attempt": 1, "queue": "inference"}
    own |= {name: more.pop(name) for name in own if name in more}
    return GenerationRequest(
        stream=secrets.token_hex(4),
        fence=secrets.token_hex(8),
        model=model or spec(source),
        turn=TurnInput(prompt="What is this?", images=tuple(images)),
        limits=limits(**more),
        **own,
    )


def prepared(valkey, source="tokens=4", **more):
    """The same, with its slot prepared as the site does."""
    made = request(source, **more)
    leases.prepare(valkey, made)
    return made


def again(valkey, old):
    """The next attempt at the same side, as the reaper begins it."""
    made = replace(old, attempt=old.attempt + 1, fence=secrets.token_hex(8))
    leases.prepare(valkey, made, replaces=old.fence)
    return made


def places(redis, fences, queue="inference"):
    """How many attempts stand before each of these in the line; None for one that isn't waiting."""
    return [redis.zrank(keys.queue(queue), keys.address(fence)) for fence in fences]


def ask(id="1", prompt="What is this?", *, tokens=16, **more):
    names = ("temperature", "seed", "max_reasoning_tokens")
    chosen = {name: more.pop(name) for name in names if name in more}
    sampling = SamplingParams(tokens, **({"temperature": 0.0, "seed": 1} | chosen))
    fields = {"images": (picture(),), "seconds": 120.0}
    return GenerationInput(id=id, prompt=prompt, sampling=sampling, **(fields | more))


def picture(colour="red", kind="PNG", size=(50, 40)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def settings(**more):
    return WorkerSettings(**({"redis_url": "redis://nowhere", "allow_scripted": True} | more))


class Collected:
    """A sink that remembers."""

    def __init__(self):
        self.text = ""
        self.tokens = 0
        self.reasoning, self.reasoning_tokens = "", 0
        self.learned = self.remark = ""
        self.revision = ""
        self.finish = None
        self.code = None
        self.over = Event()
        self.wanted = True
        self.loads = []
        """Each beginning and end of a load that it waited for."""

    def load_began(self):
        self.loads.append("began")

    def load_ended(self):
        self.loads.append("ended")

    def opened(self, revision):
        self.revision = revision

    def read(self, prompt_tokens, pictures=()):
        self.prompt_tokens, self.pictures = prompt_tokens, pictures

    def add(self, text, tokens):
        self.text += text
        self.tokens += tokens

    def add_reasoning(self, text, tokens):
        self.reasoning += text
        self.reasoning_tokens += tokens

    def learn(self, options, remark):
        self.learned, self.remark = options, remark

    def end(self, finish):
        if not self.over.is_set():
            self.finish = finish
            self.wanted = False
            self.over.set()

    def fail(self, code, reason="", cause="other"):
        if not self.over.is_set():
            self.code, self.reason, self.cause = code, reason, cause
            self.wanted = False
            self.over.set()


class Shelf(dict):
    """Backends by name, as ``BackendRegistry`` is, from whatever a test puts on it."""

    def __missing__(self, name):
        raise BackendError("unavailable", name)
