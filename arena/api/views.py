"""Version 1: what the board says, for anybody's programs. Read-only, and the same for everyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import wraps
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.decorators import decorate_view
from ninja.errors import ValidationError
from pydantic import Field

from arena.core.errors import DomainError
from arena.leaderboard import selectors
from arena.leaderboard.models import GENESIS, Snapshot
from arena.leaderboard.selectors import Standings

READ = ("GET", "HEAD", "OPTIONS")
FRESH_SECONDS = 1
"""The board moves within a second of a vote; a cache may not hide that for longer."""

Format = Literal["json", "csv"]
View = Callable[..., HttpResponse]


class Method(Schema):
    """How the ratings were computed: enough to compute them again from the ledger."""

    name: str
    parameters: dict[str, Any]
    seed: int


class Row(Schema):
    """One model. Without a rating, `state` says why: `too_few_votes` or `not_connected`."""

    model_name: str = Field(description="Stable key, as in addresses and exports.")
    display_name: str
    organization: str
    license: str
    status: Literal["draft", "active", "retired"]
    state: Literal["rated", "too_few_votes", "not_connected"]
    rating: float | None
    rating_lower: float | None = Field(description="Lower end of the 95% interval.")
    rating_upper: float | None = Field(description="Upper end of the 95% interval.")
    rank: int | None = Field(description="1 is best; equals share a rank.")
    rank_lower: int | None = Field(description="Best rank that the intervals leave open.")
    rank_upper: int | None = Field(description="Worst rank that the intervals leave open.")
    vote_count: int
    win_rate: float | None = Field(description="Ties of both kinds count as half a win.")
    tier: int | None = Field(description="Models of one tier are not told apart by the votes.")
    interval: str = Field(description="What the interval rests on: votes, voters, style, pooled.")
    borrowed: float | None = Field(description="Share of a pooled rating from the other votes.")


class Leaderboard(Schema):
    """A board: rated models best first, then those without a rating."""

    board: str
    method: Method | None = Field(description="Null before the first vote.")
    generated_at: datetime | None
    ledger_number: int = Field(description="The last ledger entry that went in.")
    ledger_hash: str = Field(description="That entry's hash; it covers all before it.")
    etag: str = Field(description="SHA-256 of the snapshot's own bytes; empty before the first.")
    rows: list[Row]


class Problem(Schema):
    """What went wrong."""

    code: str
    message: str


class Refusal(Schema):
    """The body of every answer that is no success."""

    error: Problem


def public(view: View) -> View:
    """Any page may read the answer: there is nothing personal in it and no cookie counts."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag"
        return response

    return answer


api = NinjaAPI(
    title="Vision Arena",
    version="1.0.0",
    description="The ranking of vision-language models by anonymous battles.",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
)


@api.get(
    "/leaderboard",
    response={200: Leaderboard, 304: None, 422: Refusal},
    summary="The current board",
    operation_id="leaderboard",
)
@decorate_view(public)
def leaderboard(request: HttpRequest, format: Format = "json") -> HttpResponse:
    """The newest snapshot, as JSON or, with `format=csv`, as CSV with the rows' fields as header.

    The `ETag` changes with the snapshot and with the catalogue; send it back in `If-None-Match`
    and an unchanged board is answered with 304. It moves within about a second of a vote.
    """
    standings = selectors.standings()
    etag = quote_etag(f"{standings.etag}-{format}")
    response = get_conditional_response(request, etag=etag) or FORMS[format](standings)
    response["ETag"] = etag
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


@api.api_operation(["HEAD"], "/leaderboard", include_in_schema=False)
@decorate_view(public)
def leaderboard_head(request: HttpRequest, format: Format = "json") -> HttpResponse:
    """The headers of the same."""
    return leaderboard(request, format=format)


@api.api_operation(["OPTIONS"], "/leaderboard", include_in_schema=False)
@decorate_view(public)
def preflight(request: HttpRequest) -> HttpResponse:
    """A browser asks this before it sends `If-None-Match` from another site."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(READ),
        "Access-Control-Allow-Headers": "If-None-Match",
        "Access-Control-Max-Age": "86400",
    }
    return HttpResponse(status=204, headers=headers)


@api.api_operation(["POST", "PUT", "PATCH", "DELETE"], "/leaderboard", include_in_schema=False)
@decorate_view(public)
def read_only(request: HttpRequest) -> HttpResponse:
    """Nothing here can be written."""
    response = _refusal(405, "read_only", _("This API is for reading only."))
    response["Allow"] = ", ".join(READ)
    return response


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
    return _refusal(error.status, error.code, str(error.message))


@public
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of this API."""
    return JsonResponse(schema())


@public
def not_found(request: HttpRequest) -> HttpResponse:
    """Any other address below this one."""
    return _refusal(404, "not_found", _("There is nothing at this address."))


def schema() -> dict[str, Any]:
    """The OpenAPI document, as `docs/openapi-v1.json` holds it."""
    return dict(api.get_openapi_schema())


def _as_json(standings: Standings) -> HttpResponse:
    board = Leaderboard(
        board=selectors.OVERALL,
        **(_origin(standings.snapshot) if standings.snapshot else BEFORE_THE_FIRST_VOTE),
        rows=[Row(**asdict(line)) for line in standings.lines],
    )
    return HttpResponse(board.model_dump_json(), content_type="application/json")


def _origin(snapshot: Snapshot) -> dict[str, Any]:
    names = ("ledger_number", "ledger_hash", "etag")
    method = {"name": snapshot.method, "parameters": snapshot.parameters, "seed": snapshot.seed}
    stored = {name: getattr(snapshot, name) for name in names}
    return {"method": method, "generated_at": snapshot.created_at, **stored}


BEFORE_THE_FIRST_VOTE: dict[str, Any] = {
    "method": None,
    "generated_at": None,
    "ledger_number": 0,
    "ledger_hash": GENESIS,
    "etag": "",
}


def _as_csv(standings: Standings) -> HttpResponse:
    text = selectors.as_csv(standings.lines)
    return HttpResponse(text, content_type="text/csv; charset=utf-8")


def _refusal(status: int, code: str, message: str) -> HttpResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


FORMS: dict[Format, Callable[[Standings], HttpResponse]] = {"json": _as_json, "csv": _as_csv}
