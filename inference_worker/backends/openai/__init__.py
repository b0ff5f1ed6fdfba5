"""Models behind an OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, hosted interfaces.

Only public https addresses are called, or those that ARENA_ENDPOINT_ALLOW names; the connection
goes to the address that was judged, no redirect is followed and no proxy of the environment used.
"""

from __future__ import annotations

import base64
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
from openai import APIError, APIStatusError, APITimeoutError, OpenAI

from inference_worker.backends.base import Ask, BackendError, Piece
from inference_worker.backends.openai import events
from inference_worker.backends.openai.parameters import Parameters, sentence
from inference_worker.settings import Settings
from inference_worker.wire.endpoints import ForbiddenEndpoint, resolve
from inference_worker.wire.messages import ModelSpec
from inference_worker.wire.sealed import BrokenSeal, unseal

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0
"""The longest wait for an endpoint's next byte."""
MOST_BYTES = 16_000_000
"""Of one answer's stream; an answer's text is some thousands."""

KINDS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp"}


class Endpoints:
    """Every model has a base URL, and perhaps a key that is bound to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context()

    def pin(self, spec: ModelSpec) -> ModelSpec:
        if not spec.base_url or not spec.source.strip():
            raise BackendError("unavailable", f"{spec.source!r} has no base URL")
        return spec

    def weigh(self, spec: ModelSpec) -> int:
        return 0

    def load(self, spec: ModelSpec) -> RemoteModel:
        try:
            keys = self._settings.sealing_keys
            key = spec.sealed_key and unseal(spec.sealed_key, base_url=spec.base_url, keys=keys)
        except BrokenSeal as error:
            raise BackendError("unavailable", f"the key of {spec.source}: {error}") from error
        return RemoteModel(spec, key, self._settings.endpoint_allow, self._tls)


class RemoteModel:
    """One model at one endpoint."""

    device = "remote"

    def __init__(
        self, spec: ModelSpec, key: str, allow: tuple[str, ...], tls: ssl.SSLContext
    ) -> None:
        self.revision = spec.revision
        self._spec = spec
        self._key = key
        self._allow = allow
        self._tls = tls
        self._parameters = Parameters()

    def stream(self, ask: Ask, wanted: Callable[[], bool]) -> Iterator[Piece]:
        """Reads on until the end, until unwanted, or until the request's time is over."""
        transport = _Guarded(self._allow, self._tls, _while(wanted, ask.seconds))
        with self._codes(ask), httpx.Client(transport=transport, trust_env=False) as http:
            for piece in events.pieces(ask.id, self._parts(http, ask)):
                if not wanted():
                    return
                yield piece

    def _parts(self, http: httpx.Client, ask: Ask) -> Iterator[bytes]:
        """The bytes of the answer; asked again without each parameter that is refused."""
        client = OpenAI(
            base_url=self._spec.base_url,
            api_key=self._key or "none",
            http_client=http,
            max_retries=0,
            timeout=httpx.Timeout(min(SILENCE_SECONDS, ask.seconds), connect=CONNECT_SECONDS),
        )
        create: Any = client.chat.completions.with_streaming_response.create
        messages = [{"role": "user", "content": _content(ask)}]
        while True:
            sent = self._parameters.of(ask)
            try:
                with create(model=self._spec.source, messages=messages, **sent) as response:
                    yield from response.iter_bytes()
                return
            except APIStatusError as error:
                if not self._parameters.learn(error, sent):
                    raise
                logger.info("%s refuses a parameter of %s", self._spec.source, sorted(sent))

    @contextmanager
    def _codes(self, ask: Ask) -> Iterator[None]:
        """Turn what can go wrong into a code, with the endpoint's own words where it has some."""
        try:
            yield
        except _Unwanted:
            return
        except (APITimeoutError, httpx.TimeoutException) as error:
            raise BackendError("timeout", type(error).__name__) from None
        except APIStatusError as error:
            said = self._said(f"status {error.status_code}", error.body, ask)
            raise BackendError(events.code_of(error.status_code), said) from None
        except events.EndpointError as error:
            raise BackendError(error.code, self._said(str(error), error.body, ask)) from None
        except ForbiddenEndpoint as error:
            raise BackendError("unavailable", str(error)) from None
        except (APIError, httpx.HTTPError) as error:
            raise BackendError("unavailable", type(error).__name__) from None

    def _said(self, kind: str, body: Any, ask: Ask) -> str:
        words = sentence(body, key=self._key, prompt=ask.prompt)
        return f"{kind}: {words}" if words else kind


class _Guarded(httpx.HTTPTransport):
    """Connects to the address that was judged, and reads only as long as ``go_on`` says."""

    def __init__(
        self, allow: tuple[str, ...], tls: ssl.SSLContext, go_on: Callable[[], None]
    ) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._allow = allow
        self._go_on = go_on

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        endpoint = resolve(str(request.url), allow=self._allow)
        # The Host header and the certificate's name stay those of the URL.
        request.extensions = {**request.extensions, "sni_hostname": endpoint.host}
        request.url = request.url.copy_with(host=endpoint.address)
        response = super().handle_request(request)
        response.stream = _Watched(response.stream, self._go_on)
        return response


class _Watched(httpx.SyncByteStream):
    """An endpoint that sends comments for ever, or far too much, is left all the same."""

    def __init__(self, stream: Any, go_on: Callable[[], None]) -> None:
        self._stream = stream
        self._go_on = go_on

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for part in self._stream:
            self._go_on()
            read += len(part)
            if read > MOST_BYTES:
                raise BackendError("internal", "the endpoint sends without end")
            yield part

    def close(self) -> None:
        self._stream.close()


class _Unwanted(Exception):
    """Nobody waits for the answer any more."""


def _while(wanted: Callable[[], bool], seconds: float) -> Callable[[], None]:
    until = time.monotonic() + seconds

    def go_on() -> None:
        if not wanted():
            raise _Unwanted
        if time.monotonic() > until:
            raise BackendError("timeout", "the endpoint took all of the request's time")

    return go_on


def _content(ask: Ask) -> Any:
    images = [{"type": "image_url", "image_url": {"url": _data_uri(data)}} for data in ask.images]
    return [*images, {"type": "text", "text": ask.prompt}]


def _data_uri(data: bytes) -> str:
    kind = next((name for start, name in KINDS.items() if data.startswith(start)), "png")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def create(settings: Settings) -> Endpoints:
    """The backend of this process."""
    return Endpoints(settings)
