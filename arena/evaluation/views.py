"""Chat completions and the list of models, in the form of OpenAI's API."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from arena.catalog.models import ModelVersion
from arena.core.errors import DomainError
from arena.core.web.network import network_bucket
from arena.evaluation import selectors, services
from arena.evaluation.answering import EvaluatorAnswer
from arena.evaluation.chat_answers import DONE, ChatAnswer, CompletionUsage, as_event
from arena.evaluation.chat_errors import ChatError
from arena.evaluation.chat_requests import ChatRequest, read_request, turns_of
from arena.evaluation.services import TokenReservation
from arena.gates.services import admit_reader
from inference_worker.wire.messages import AnswerLimits

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


@csrf_exempt
async def chat_completions(request: HttpRequest) -> HttpResponseBase:
    """Answer a conversation, at once or as a stream; every refusal has OpenAI's form."""
    try:
        return await _completion(request)
    except (ChatError, DomainError) as error:
        return _refusal(error)


async def _completion(request: HttpRequest) -> HttpResponseBase:
    _check_method(request, "POST")
    token = await _in_database(_authorised)(request)
    asked = await sync_to_async(read_request, thread_sensitive=False)(request.read())
    turns = turns_of(asked)
    version = await _in_database(selectors.version_of)(asked.model)
    limits = _limits(asked)
    held = await _in_database(services.reserve)(token=token, tokens=limits.max_new_tokens)
    answer = EvaluatorAnswer(version, turns, limits, asked.wire_seed, asked.stops)
    frame = ChatAnswer(asked.model, fingerprint=_fingerprint(version))
    settled = _settled(answer, held)
    if asked.stream:
        return await _streamed(asked, settled, answer, frame)
    text = "".join([piece async for piece in settled])
    return JsonResponse(frame.document(text, answer.finish, answer.usage or CompletionUsage()))


async def _streamed(
    asked: ChatRequest, settled: AsyncGenerator[str], answer: EvaluatorAnswer, frame: ChatAnswer
) -> HttpResponseBase:
    """Return the answer as events. The first piece is awaited, so that a refusal has its status."""
    first = await anext(settled)
    with_usage = asked.stream_options is not None and asked.stream_options.include_usage
    events = _events(first, settled, answer, frame, with_usage=with_usage)
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would hold the stream back
    return response


@csrf_exempt
def model_list(request: HttpRequest) -> HttpResponseBase:
    """List the models that may be asked."""
    try:
        _check_method(request, "GET")
        _authorised(request)
        versions = selectors.offered_versions().values()
        data = [_model(version) for version in sorted(versions, key=lambda one: one.card.slug)]
        return JsonResponse({"object": "list", "data": data})
    except (ChatError, DomainError) as error:
        return _refusal(error)


@csrf_exempt
def model_detail(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return one of the models that may be asked."""
    try:
        _check_method(request, "GET")
        _authorised(request)
        version = selectors.offered_versions().get(slug)
        if version is None:
            said = f"There is no model {slug[:100]!r}."
            raise ChatError(said, status=404, code="model_not_found", param="model")
        return JsonResponse(_model(version))
    except (ChatError, DomainError) as error:
        return _refusal(error)


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponseBase:
    """Say in OpenAI's form that an address has no meaning here."""
    said = "Here are POST /v1/chat/completions and GET /v1/models alone."
    return _refusal(ChatError(said, status=404, code="unknown_url"))


def _check_method(request: HttpRequest, method: str) -> None:
    """Raise ChatError where the endpoint is off, or for another method."""
    if not settings.EVALUATION:
        said = "The endpoint for evaluators is off on this site."
        raise ChatError(said, status=404, code="endpoint_off")
    if request.method != method:
        raise ChatError(f"Use {method} here.", status=405, code="method_not_allowed")


def _authorised(request: HttpRequest) -> Any:
    """Return the token of a request. Raises ChatError, and TooMany for whoever keeps guessing."""
    try:
        return selectors.token_of(request.headers.get("Authorization", ""))
    except ChatError:
        admit_reader(network=network_bucket(request))
        raise


def _limits(asked: ChatRequest) -> AnswerLimits:
    """Return the limits of an answer: what is asked for, within what battles have."""
    most = settings.ANSWER_MAX_TOKENS
    warm = settings.ANSWER_TEMPERATURE if asked.temperature is None else asked.temperature
    return AnswerLimits(
        max_new_tokens=min(asked.most_tokens or most, most),
        max_characters=settings.ANSWER_MAX_CHARACTERS,
        temperature=float(warm),
        seconds=settings.EVALUATION_SECONDS,
        max_reasoning_tokens=settings.ANSWER_MAX_REASONING_TOKENS,
    )


async def _settled(answer: EvaluatorAnswer, held: TokenReservation) -> AsyncGenerator[str]:
    """Yield the answer's text, and give back what it did not need of the budget, also where the
    client hangs up: all of it, unless a worker was asked and has not said what it counted."""
    has_failed = False
    try:
        async with aclosing(answer.pieces()) as pieces:
            async for piece in pieces:
                yield piece
    except ChatError:
        has_failed = True
        raise
    finally:
        if has_failed or not answer.has_begun:
            await _in_database(services.settle)(reservation=held, used=0)
        elif answer.usage is not None:
            used = answer.usage.completion
            await _in_database(services.settle)(reservation=held, used=used)


async def _events(
    first: str,
    pieces: AsyncGenerator[str],
    answer: EvaluatorAnswer,
    frame: ChatAnswer,
    *,
    with_usage: bool,
) -> AsyncIterator[bytes]:
    """Yield the events of a stream; a failure in the middle is an event, too."""
    try:
        async with aclosing(pieces):
            yield frame.chunk(first, first=True)
            async for piece in pieces:
                yield frame.chunk(piece)
    except ChatError as error:
        yield as_event(error.body)
        return
    yield frame.chunk(finish=answer.finish)
    if with_usage:
        yield frame.usage_chunk(answer.usage or CompletionUsage())
    yield DONE


def _in_database(function: Callable[P, R]) -> Callable[P, Any]:
    """Return the function as one that waits in the request's thread, and keeps no connection:
    a request waits long, and a pool has few."""

    def run(*args: P.args, **options: P.kwargs) -> R:
        try:
            return function(*args, **options)
        finally:
            if not connection.in_atomic_block:
                connection.close()

    return sync_to_async(run, thread_sensitive=True)


def _model(version: ModelVersion) -> dict[str, Any]:
    return {
        "id": version.card.slug,
        "object": "model",
        "created": int(version.created_at.timestamp()),
        "owned_by": version.card.organization or "unknown",
    }


def _fingerprint(version: ModelVersion) -> str:
    """Return which version answers: it changes where another one does."""
    return (
        f"v{version.number}-{version.revision[:12]}" if version.revision else f"v{version.number}"
    )


def _refusal(error: ChatError | DomainError) -> JsonResponse:
    if isinstance(error, DomainError):
        error = ChatError(
            str(error), status=error.status, code=error.code, retry_after=error.retry_after
        )
    response = JsonResponse(error.body, status=error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response
