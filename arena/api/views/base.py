"""The API itself: how an endpoint is registered, how it refuses, how it describes itself."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError

from arena.api.answers import open_to_all, refusal
from arena.api.formats import MEDIA_TYPES
from arena.core.errors import DomainError, NotFound, TooMany
from arena.core.web.problems import MEDIA_TYPE
from arena.resources.schemas import Problem

READ = ("GET", "HEAD", "OPTIONS")
View = Callable[..., HttpResponse]

api = NinjaAPI(
    title="Vision Arena",
    version="1.1.0",
    description="The ranking of vision-language models by anonymous battles. Read-only, without "
    "keys, the same for everybody. Within version 1 fields and addresses are added, never renamed "
    "or taken away. A parameter is given once; one that is repeated or that an endpoint does not "
    "have is refused (422).",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
)
REFUSALS = dict.fromkeys((400, 404, 422, 429, 503), Problem)
MOST_NAMED, MOST_SHOWN = 5, 40
"""How many unknown parameters a refusal names, and with how many characters."""
TABLES: set[str] = set()
"""Paths of the endpoints whose answers are had as CSV and Parquet, too."""
OTHER_MEDIA: dict[str, str] = {}
"""The media type, by name, of an endpoint that does not answer in JSON."""


def reading(
    address: str,
    said: Any,
    summary: str,
    *,
    table: bool = False,
    media_type: str = "",
) -> Callable[[View], View]:
    """Return a decorator that registers a view for reading, and refuses to write there."""

    def register(view: View) -> View:
        responses: dict[int, Any] = {200: said, 304: None, **REFUSALS}
        room = view.__module__.rpartition(".")[2]
        named: dict[str, Any] = {"operation_id": view.__name__, "tags": [room]}
        api.get(address, response=responses, summary=summary, **named)(view)
        api.api_operation(["HEAD"], address, include_in_schema=False)(view)
        if table:
            TABLES.add(address)
        if media_type:
            OTHER_MEDIA[view.__name__] = media_type
        return view

    return register


def for_reading(view: View, name: str = "") -> View:
    """Return the view of an address that answers to reading alone, and to what browsers ask.

    A parameter that is given twice is refused, and one that the endpoint ``name`` does not have: a
    value would be ignored in silence. ``format=json`` is taken wherever the answer is JSON.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return preflight(request)
        if request.method not in READ:
            return read_only(request)
        repeated = [name for name, values in request.GET.lists() if len(values) > 1]
        if repeated:
            message = _("This is given more than once: %(names)s.") % {"names": ", ".join(repeated)}
            return refusal(422, "invalid", message)
        known = parameters_of(name) if name else frozenset(request.GET)
        if request.GET.get("format") == "json" and name not in OTHER_MEDIA:
            known |= {"format"}
        if unknown := [one[:MOST_SHOWN] for one in request.GET if one not in known]:
            return not_understood(unknown[:MOST_NAMED])
        return view(request, *args, **kwargs)

    return answer


@cache
def _description() -> dict[str, Any]:
    """Return what the library says of all endpoints; making it takes half a second of a core."""
    return dict(api.get_openapi_schema())


@cache
def parameters_of(name: str) -> frozenset[str]:
    """Return the parameters that an endpoint takes, by its operation's name in the description."""
    items = _description()["paths"].values()
    found = [item["get"] for item in items if item["get"]["operationId"] == name]
    listed = [one for item in found for one in item.get("parameters", [])]
    return frozenset(one["name"] for one in listed if one["in"] == "query")


def addresses() -> tuple[list[URLPattern], str, str]:
    """Return the addresses of all endpoints, for `path`. Nothing can be written at any."""
    patterns, app_name, namespace = api.urls
    readable = [
        path(str(one.pattern), for_reading(one.callback, one.name or ""), name=one.name)
        for one in patterns
        if isinstance(one, URLPattern) and one.callback is not None
    ]
    return readable, app_name, namespace


def preflight(request: HttpRequest) -> HttpResponse:
    """Answer what a browser asks before it sends `If-None-Match` from another site."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(READ),
        "Access-Control-Allow-Headers": "If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return open_to_all(HttpResponse(status=204, headers=headers))


def read_only(request: HttpRequest) -> HttpResponse:
    """Refuse a request that would write."""
    response = refusal(405, "read_only", _("This API is for reading only."))
    response["Allow"] = ", ".join(READ)
    return response


def not_understood(names: Iterable[str]) -> HttpResponse:
    """Refuse a request because of these parameters."""
    message = _("This can't be understood: %(names)s.") % {"names": ", ".join(names)}
    return refusal(422, "invalid", message)


def not_found(request: HttpRequest) -> HttpResponse:
    """Answer at any other address below this one."""
    return refusal(404, "not_found", _("There is nothing at this address."))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    """Refuse a parameter that can't be understood; the message names each."""
    errors = error.errors if isinstance(error, ValidationError) else []
    return not_understood(str(one["loc"][-1]) for one in errors)


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError | type[DomainError]) -> HttpResponse:
    """Pass a service's refusal on, whatever the visitor's program says that it accepts."""
    if isinstance(error, NotFound):
        return refusal(error.status, error.code, _("There is nothing of this name."))
    response = refusal(error.status, error.code, str(error.message))
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    if isinstance(error, TooMany):
        response["RateLimit"] = f'"reads";r=0;t={error.retry_after}'
    return response


@cache
def schema() -> dict[str, Any]:
    """Return the OpenAPI document, as `docs/openapi-v1.json` holds it."""
    document = copy.deepcopy(_description())
    document["servers"] = [{"url": "/"}]
    prefix = reverse("api:api-root").rstrip("/")
    for place, item in list(document["paths"].items()):
        operation = item["get"]
        own = place.removeprefix(prefix)
        paged = any(one["name"] == "cursor" for one in operation.get("parameters", []))
        for status, response in operation["responses"].items():
            found = response.get("content", {}).pop("application/json", None)
            if int(status) >= 400:
                response["content"] = {MEDIA_TYPE: found}
            elif media_type := OTHER_MEDIA.get(operation["operationId"]) if status == 200 else "":
                response["content"] = {media_type: {"schema": {"type": "string"}}}
            elif found is not None:
                response["content"] = {"application/json": found}
                if own in TABLES:
                    text: dict[str, Any] = {"schema": {"type": "string"}}
                    response["content"] |= {MEDIA_TYPES["csv"]: text, MEDIA_TYPES["parquet"]: {}}
            response["headers"] = _headers(int(status), paged=paged)
        if own in TABLES:
            twin = copy.deepcopy(operation)
            twin["operationId"] += "_as"
            twin["summary"] += ", as JSON, CSV or Parquet"
            kept = [one for one in twin.get("parameters", []) if one["name"] != "format"]
            suffix = {"enum": list(MEDIA_TYPES), "type": "string"}
            kept.append({"in": "path", "name": "suffix", "required": True, "schema": suffix})
            twin["parameters"] = kept
            document["paths"][f"{place}.{{suffix}}"] = {"get": twin}
    return document


def _headers(status: int, *, paged: bool) -> dict[str, Any]:
    text: dict[str, Any] = {"schema": {"type": "string"}}
    tag = {"ETag": {**text, "description": "Changes with the bytes; for `If-None-Match`."}}
    limit = {
        "RateLimit": {**text, "description": "What is left to this network, and for how long."},
        "RateLimit-Policy": {**text, "description": "How much it may read in which time."},
    }
    later = {"Retry-After": {**text, "description": "Seconds after which to go on."}}
    link = {"Link": {**text, "description": 'The next page, as `rel="next"`.'}} if paged else {}
    found = {200: {**tag, **limit, **link}, 304: {**tag, **limit}, 429: later, 503: later}
    return found.get(status, {})
