"""The endpoints, and how they refuse."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.decorators import decorate_view
from ninja.errors import ValidationError

from arena.api.views.schemas import Board, Boards, DrawPolicy, Leaderboard, Refusal, Row
from arena.core.errors import DomainError, TooMany
from arena.core.network import network_bucket
from arena.gates.services import admit_reader
from arena.leaderboard import models, selectors
from arena.leaderboard.models import GENESIS, Snapshot
from arena.leaderboard.selectors import OVERALL, Standings

READ = ("GET", "HEAD", "OPTIONS")
FRESH_SECONDS = 1
"""The board moves within a second of a vote; a cache may not hide that for longer."""

JSON = "application/json"
Format = Literal["json", "csv"]
View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Any page may read the answer: there is nothing personal in it and no cookie counts."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        return _opened(view(*args, **kwargs))

    return answer


def _opened(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
    return response


api = NinjaAPI(
    title="Vision Arena",
    version="1.0.0",
    description="The ranking of vision-language models by anonymous battles.",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
)


def conditional(request: HttpRequest, etag: str, form: Callable[[], HttpResponse]) -> HttpResponse:
    """304 without a body for who has it already."""
    etag = quote_etag(etag)
    response = get_conditional_response(request, etag=etag) or form()
    response["ETag"] = etag
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


@api.get(
    "/leaderboard",
    response={200: Leaderboard, 304: None, 404: Refusal, 422: Refusal, 429: Refusal},
    summary="A board as it stands",
    operation_id="leaderboard",
)
@decorate_view(public)
def leaderboard(
    request: HttpRequest, format: Format = "json", board: str = OVERALL
) -> HttpResponse:
    """The newest snapshot, as JSON or, with `format=csv`, as CSV with the rows' fields as header.

    `board` is a slug of `/boards`. The `ETag` changes with the snapshot and with the catalogue;
    send it back in `If-None-Match` and an unchanged board is answered with 304. The overall board
    moves within about a second of a vote.
    """
    admit_reader(network=network_bucket(request))
    found = selectors.board_of(board)
    standings = selectors.standings(found.slug)
    etag = f"{standings.etag}-{found.slug}-{format}"
    return conditional(request, etag, lambda: FORMS[format](found, standings))


@api.get(
    "/boards",
    response={200: Boards, 304: None, 429: Refusal},
    summary="The boards that can be asked for",
    operation_id="boards",
)
@decorate_view(public)
def boards(request: HttpRequest) -> HttpResponse:
    """Each with the filter and the method of its newest snapshot; the `ETag` works here, too."""
    admit_reader(network=network_bucket(request))
    newest = selectors.newest_by_board()
    listed = [_board(one, newest.get(one.pk)) for one in selectors.boards()]
    return _said(request, Boards(boards=listed))


@api.get(
    "/draw-policy",
    response={200: DrawPolicy, 304: None, 429: Refusal},
    summary="How pairs are drawn",
    operation_id="draw_policy",
)
@decorate_view(public)
def draw_policy(request: HttpRequest) -> HttpResponse:
    """The policy in force, and how far the probabilities of the pairs lie apart."""
    admit_reader(network=network_bucket(request))
    policy = asdict(selectors.policy())
    return _said(request, DrawPolicy(**{**policy, "words": str(policy["words"])}))


def preflight(request: HttpRequest) -> HttpResponse:
    """A browser asks this before it sends `If-None-Match` from another site."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(READ),
        "Access-Control-Allow-Headers": "If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return HttpResponse(status=204, headers=headers)


def read_only(request: HttpRequest) -> HttpResponse:
    """Nothing here can be written."""
    response = _refusal(405, "read_only", _("This API is for reading only."))
    response["Allow"] = ", ".join(READ)
    return response


WRITE = ["POST", "PUT", "PATCH", "DELETE"]
for path, view in (
    ("/leaderboard", leaderboard),
    ("/boards", boards),
    ("/draw-policy", draw_policy),
):
    hidden: dict[str, Any] = {"include_in_schema": False}
    api.api_operation(["HEAD"], path, **hidden)(view)
    api.api_operation(["OPTIONS"], path, **hidden)(public(preflight))
    api.api_operation(WRITE, path, **hidden)(read_only)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    """A parameter that can't be understood; the message names each."""
    errors = error.errors if isinstance(error, ValidationError) else []
    names = ", ".join(str(one["loc"][-1]) for one in errors)
    message = _("This can't be understood: %(names)s.") % {"names": names}
    return _refusal(422, "invalid", message)


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError | type[DomainError]) -> HttpResponse:
    """A service's refusal, whatever the visitor's program says that it accepts."""
    response = _refusal(error.status, error.code, str(error.message))
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after)
    return response


@public
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of this API."""
    return JsonResponse(schema())


def not_found(request: HttpRequest) -> HttpResponse:
    """Any other address below this one."""
    return _refusal(404, "not_found", _("There is nothing at this address."))


def schema() -> dict[str, Any]:
    """The OpenAPI document, as `docs/openapi-v1.json` holds it."""
    return dict(api.get_openapi_schema())


def _said(request: HttpRequest, answer: Schema) -> HttpResponse:
    text = answer.model_dump_json()
    etag = hashlib.sha256(text.encode()).hexdigest()
    return conditional(request, etag, lambda: HttpResponse(text, content_type=JSON))


def _as_json(board: models.Board, standings: Standings) -> HttpResponse:
    origin = _origin(standings.snapshot) if standings.snapshot else BEFORE_THE_FIRST_VOTE
    rows = [Row(**asdict(line)) for line in standings.lines]
    answer = Leaderboard(board=board.slug, **origin, rows=rows)
    return HttpResponse(answer.model_dump_json(), content_type=JSON)


def _as_csv(board: models.Board, standings: Standings) -> HttpResponse:
    text = selectors.as_csv(standings.lines)
    return HttpResponse(text, content_type="text/csv; charset=utf-8")


def _board(board: models.Board, newest: Snapshot | None) -> Board:
    origin = _stamp(newest) if newest else BEFORE_THE_FIRST_VOTE
    method = newest.method if newest else None
    return Board(board=board.slug, name=board.name, **{**origin, "method": method})


def _origin(snapshot: Snapshot) -> dict[str, Any]:
    method = {"name": snapshot.method, "parameters": snapshot.parameters, "seed": snapshot.seed}
    return {**_stamp(snapshot), "method": method, "details": snapshot.details}


def _stamp(snapshot: Snapshot) -> dict[str, Any]:
    names = ("filter", "ledger_number", "ledger_hash", "etag")
    stored = {name: getattr(snapshot, name) for name in names}
    return {"generated_at": snapshot.created_at, **stored}


BEFORE_THE_FIRST_VOTE: dict[str, Any] = {
    "filter": {},
    "method": None,
    "generated_at": None,
    "ledger_number": 0,
    "ledger_hash": GENESIS,
    "etag": "",
    "details": {},
}


def _refusal(status: int, code: str, message: str) -> HttpResponse:
    return _opened(JsonResponse({"error": {"code": code, "message": message}}, status=status))


FORMS: dict[Format, Callable[[models.Board, Standings], HttpResponse]] = {
    "json": _as_json,
    "csv": _as_csv,
}
