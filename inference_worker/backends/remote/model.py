"""A model behind an endpoint, whichever protocol it speaks."""

from __future__ import annotations

import json
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import httpx2 as httpx

from inference_worker.backends.base import BackendError, GenerationInput, TokenDelta
from inference_worker.backends.remote import listing
from inference_worker.backends.remote.event_stream import messages
from inference_worker.backends.remote.failures import EndpointStatus, as_backend_errors
from inference_worker.backends.remote.learning import LearnedOptions
from inference_worker.backends.remote.own_words import ConfidentialTexts, cleaned
from inference_worker.backends.remote.protocol import EndpointProtocol
from inference_worker.backends.remote.reading import EndpointAnswer, ThinksUnexpectedly
from inference_worker.backends.remote.transport import MOST_BYTES, CallBudget, connect
from inference_worker.reasoning import Marks
from inference_worker.settings import WorkerSettings
from inference_worker.wire.endpoint_options import MalformedOptions, parse
from inference_worker.wire.messages import ModelSpec
from inference_worker.wire.sealed import BrokenSeal, unseal

logger = logging.getLogger(__name__)

SILENCE_SECONDS = 30.0
"""The longest wait for the next byte once the answer has begun: then nobody thinks any more."""
USAGE_SECONDS = 2.0
"""The time for the token count that follows the end of an answer."""
LIST_SECONDS = 10.0
"""The time for an endpoint to list its models."""
MOST_CALLS = 8
"""The calls for one question: each refused parameter, or a first trace, takes one more."""
_MOST_ERROR_BYTES = 65_536


class EndpointBackend:
    """A backend whose models have a base URL each, and optionally a key that is bound to it."""

    def __init__(self, settings: WorkerSettings, protocol: EndpointProtocol) -> None:
        self._settings = settings
        self._protocol = protocol
        self._tls = ssl.create_default_context()

    def resolve_revision(self, spec: ModelSpec) -> ModelSpec:
        """Return the same. Raises BackendError without a base URL, a name or readable options."""
        if not spec.base_url or not spec.source.strip():
            said = f"{spec.source!r} has no base URL"
            raise BackendError("unavailable", said, "forbidden_address")
        try:
            parse(spec.options)
        except MalformedOptions as error:
            raise BackendError("unavailable", f"the options of {spec.source}: {error}") from None
        return spec

    def memory_mb(self, spec: ModelSpec) -> int:
        """Return 0: it runs elsewhere."""
        return 0

    def load(self, spec: ModelSpec) -> EndpointModel:
        """Return the model. Raises BackendError for a key that can't be opened."""
        try:
            keys = self._settings.sealing_keys
            key = spec.sealed_key and unseal(spec.sealed_key, base_url=spec.base_url, keys=keys)
        except BrokenSeal as error:
            said = f"the key of {spec.source}: {error}"
            raise BackendError("unavailable", said, "bad_key") from error
        return EndpointModel(spec, key, self._protocol, self._settings.endpoint_allow, self._tls)

    def names(self, *, base_url: str, sealed_key: str) -> tuple[str, ...]:
        """Return the names of the models at an endpoint. Raises BackendError."""
        spec = ModelSpec("", base_url, "", base_url, sealed_key)
        return self.load(self.resolve_revision(spec)).names()


class EndpointModel:
    """A model at an endpoint."""

    device = "remote"

    def __init__(
        self,
        spec: ModelSpec,
        key: str,
        protocol: EndpointProtocol,
        allow: tuple[str, ...],
        tls: ssl.SSLContext,
    ) -> None:
        self.revision = spec.revision
        self._spec = spec
        self._key = key
        self._protocol = protocol
        self._allow = allow
        self._tls = tls
        self._options = LearnedOptions(parse(spec.options))
        self._answered_by = ""
        self._lone_marks: Marks | None = None

    @property
    def learned(self) -> str:
        """The options that this model's version should have, as JSON; empty where it has them."""
        news = self._options.news
        return news.to_json() if news else ""

    @property
    def remark(self) -> str:
        """A sentence for operators on the last answer: of another model, or with a trace in it."""
        if self._lone_marks is not None:
            opening, closing = self._lone_marks
            return (
                f"the answer has {closing} and no {opening} before it; if the model's template"
                " opens its reasoning, set thinks and reasoning_from_start"
            )
        if not self._answered_by or is_alias(self._spec.source, self._answered_by):
            return ""
        other = cleaned(self._answered_by, ConfidentialTexts(self._key))[:80]
        return f"the endpoint says that {other} answered, not {self._spec.source}"

    def stream(self, ask: GenerationInput, wanted: Callable[[], bool]) -> Iterator[TokenDelta]:
        """Yield until the end, until unwanted, or until the request's time is over."""
        hidden = ConfidentialTexts(self._key, ask.all_words)
        with as_backend_errors(hidden):
            most = self._options.now.max_images
            if most is not None and len(ask.all_images) > most:
                said = f"the endpoint takes at most {most} pictures in one question"
                said = f"{said}, not {len(ask.all_images)}"
                raise BackendError("refused", said, "too_many_pictures")
            budget = CallBudget(wanted, ask.seconds)
            with self._connection(budget) as http:
                for piece in self._asked_until_taken(http, ask, budget):
                    if not wanted():
                        return
                    yield piece

    def names(self) -> tuple[str, ...]:
        """Return the names of the models at this endpoint. Raises BackendError."""
        names: tuple[str, ...] = ()
        budget = CallBudget(lambda: True, LIST_SECONDS)
        with as_backend_errors(ConfidentialTexts(self._key)), self._connection(budget) as http:
            url = self._spec.base_url.rstrip("/") + listing.PATH
            headers = self._protocol.headers(self._key)
            with http.stream("GET", url, headers=headers) as response:
                if response.status_code != 200:
                    raise status_of(response)
                names = listing.names_in(response)
        return names

    def _connection(self, budget: CallBudget) -> httpx.Client:
        return connect(self._allow, self._tls, budget)

    def _asked_until_taken(
        self, http: httpx.Client, ask: GenerationInput, budget: CallBudget
    ) -> Iterator[TokenDelta]:
        """Ask again without each parameter that is refused, and with room for a first trace."""
        for _ in range(MOST_CALLS):
            options = self._options.now
            thinks = self._protocol.thinks(options)
            room = ask.sampling.max_reasoning_tokens if thinks else 0
            body = self._protocol.body(
                ask,
                source=self._spec.source,
                options=options,
                most_tokens=ask.sampling.max_new_tokens + room,
            )
            budget.silence = options.silence_seconds or ask.seconds
            reading = EndpointAnswer(ask, options, has_room=room > 0)
            try:
                yield from self._read(http, body | options.extra_body, reading, budget)
                return
            except ThinksUnexpectedly:
                self._options.learn_thinking()
                logger.info("%s thinks before it answers", self._spec.source)
            except EndpointStatus as error:
                if not self._options.learn_refusal(
                    error, body, ConfidentialTexts(self._key, ask.all_words)
                ):
                    raise
                logger.info("%s refuses a parameter of %s", self._spec.source, sorted(body))
        said = "the endpoint refuses one parameter after the other"
        raise BackendError("refused", said, "request_refused")

    def _read(
        self, http: httpx.Client, body: dict[str, Any], reading: EndpointAnswer, budget: CallBudget
    ) -> Iterator[TokenDelta]:
        url = self._spec.base_url.rstrip("/") + self._protocol.path
        headers = self._protocol.headers(self._key)
        with http.stream("POST", url, json=body, headers=headers) as response:
            if response.status_code != 200:
                raise status_of(response)
            try:
                found = messages(_bounded(response.iter_bytes()))
                for part in chain.from_iterable(map(self._protocol.parts, found)):
                    yield from reading.take(part)
                    self._set_silence(reading, budget)
                    if reading.is_over:
                        break
            except (BackendError, httpx.HTTPError):
                # The answer was whole: what broke was the way to the count that follows it.
                if reading.finish is None:
                    raise
            self._refuse_half(reading, response)
        self._answered_by, self._lone_marks = reading.model, reading.lone_marks
        if reading.had_reasoning:
            self._options.learn_thinking()
        yield from reading.end()

    def _set_silence(self, reading: EndpointAnswer, budget: CallBudget) -> None:
        if reading.finish is not None:
            budget.silence = USAGE_SECONDS
        elif reading.has_begun:
            budget.silence = max(SILENCE_SECONDS, self._options.now.silence_seconds or 0)

    def _refuse_half(self, reading: EndpointAnswer, response: httpx.Response) -> None:
        """Raise BackendError for an answer that nothing says is whole."""
        if reading.is_over or reading.finish is not None:
            return
        if not reading.heard:
            kind = cleaned(response.headers.get("content-type", "no type"), ConfidentialTexts())
            raise BackendError(
                "unavailable",
                f"the endpoint ended without an answer that can be read; it sent {kind[:60]!r}:"
                " is this the address of the interface, and not of a web page?",
                "unreadable",
            )
        framed = {"transfer-encoding", "content-length"} & set(response.headers)
        if not framed:
            said = "neither a reason to finish nor an end of the stream came"
            said = f"the endpoint broke off its answer: {said}"
            raise BackendError("unavailable", said, "broke_off")


def _bounded(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a body, which may be many times those that came where it is packed."""
    size = 0
    for part in parts:
        size += len(part)
        if size > MOST_BYTES:
            said = f"the endpoint sends more than {MOST_BYTES} bytes"
            raise BackendError("internal", said, "endless")
        yield part


def status_of(response: httpx.Response) -> EndpointStatus:
    """Return the error that a response with another status than 200 is, with its body read."""
    read = b""
    for part in response.iter_bytes():
        read += part
        if len(read) > _MOST_ERROR_BYTES:
            break
    text = read[:_MOST_ERROR_BYTES].decode("utf-8", errors="replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = "" if "<html" in text.lower() or "<!doctype" in text.lower() else text
    return EndpointStatus(response.status_code, body, response.headers.get("location", ""))


def is_alias(asked: str, answered: str) -> bool:
    """Return whether two names may be the same model: a path, a date or a size may differ."""
    one, two = (_NOT_NAME.sub("", name.casefold().rpartition("/")[2]) for name in (asked, answered))
    return not one or not two or one in two or two in one


_NOT_NAME = re.compile(r"[^a-z0-9]+")
