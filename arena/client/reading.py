"""A typed client of the public API. It needs httpx alone, no site and no key.

    frame = pandas.DataFrame(ArenaClient("https://vote.example").leaderboard()["rows"])
    frame = polars.DataFrame(ArenaClient("https://vote.example").leaderboard()["rows"])

Every method returns what the address of the same name answers, as ``docs/openapi-v1.json`` has it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypedDict, cast

import httpx

PREFIX = "/api/v1"
TIMEOUT_SECONDS = 30.0
MOST_PATIENCE_SECONDS = 70.0
"""A refused reading is asked for once more, unless it should wait for longer than this."""
_TRY_AGAIN = (429, 503)

Parameters = Mapping[str, str | int | float | bool | None]


class RatedModel(TypedDict):
    """A model, or a version of one, on a board."""

    model_name: str
    display_name: str
    organization: str
    license: str
    license_permissive: bool
    parameters: int | None
    status: str
    state: str
    rating: float | None
    rating_lower: float | None
    rating_upper: float | None
    variance: float | None
    rank: int | None
    rank_lower: int | None
    rank_upper: int | None
    tier: int | None
    p_first: float | None
    vote_count: int
    win_rate: float | None
    interval: str
    borrowed: float | None
    version: int | None
    under_review: bool
    category: str
    leaderboard_publish_date: str | None


class FirstPlaceSummary(TypedDict):
    """The smallest number of votes found whose removal puts another model first."""

    leader: str
    rival: str
    votes: int
    share: float


class BoardReading(TypedDict):
    """A reading of the newest leaderboard, as the API gives it."""

    board: str
    filter: dict[str, Any]
    method: dict[str, Any] | None
    generated_at: str | None
    ledger_number: int
    ledger_hash: str
    etag: str
    first_place: FirstPlaceSummary | None
    details: dict[str, Any]
    rows: list[RatedModel]
    next: str


class PairRecord(TypedDict):
    """The votes on two models."""

    model_a: str
    version_a: int | None
    model_b: str
    version_b: int | None
    battles: int
    wins_a: int
    wins_b: int
    ties: int
    both_bad: int
    win_rate: float
    expected_win_rate: float | None


class PairComparison(TypedDict):
    """Two models side by side, with the probability that a is the better one."""

    board: str
    etag: str
    generated_at: str | None
    a: RatedModel
    b: RatedModel
    record: PairRecord | None
    expected_win_rate: float | None
    probability_above: float | None


class SnapshotEntry(TypedDict):
    """A dated, immutable leaderboard."""

    etag: str
    board: str
    generated_at: str
    leaderboard_publish_date: str
    ledger_number: int
    ledger_hash: str
    method: str
    method_version: int
    code_version: str
    kept: bool


class ArenaRefusal(Exception):
    """An answer that is no success: ``code`` is stable, ``status`` that of HTTP."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


class ArenaClient:
    """Reads one arena. Unchanged answers are not sent again: their tags are remembered.

    Raises ArenaRefusal for an answer that is no success, and httpx's errors where none came.
    """

    def __init__(
        self, address: str, *, timeout: float = TIMEOUT_SECONDS, transport: Any = None
    ) -> None:
        base = address.rstrip("/")
        self._http = httpx.Client(base_url=base, timeout=timeout, transport=transport)
        self._kept: dict[str, tuple[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of this client."""
        self._http.close()

    def leaderboard(self, board: str = "overall", **filters: Any) -> BoardReading:
        """Return a board as it stands; ``filters`` are those of the address, such as
        ``max_parameters``, ``permissive``, ``organization``, ``q`` and ``state``."""
        return cast("BoardReading", self.get("/leaderboard", {"board": board, **filters}))

    def boards(self) -> list[dict[str, Any]]:
        """Return the boards that can be asked for, the overall one first."""
        return cast("list[dict[str, Any]]", self.get("/boards")["boards"])

    def snapshots(self, board: str = "overall", **filters: Any) -> Iterator[SnapshotEntry]:
        """Yield every snapshot of a board, the newest first; ``filters`` such as ``daily``."""
        yield from self._pages("/snapshots", "snapshots", {"board": board, **filters})

    def snapshot(self, etag: str) -> dict[str, Any]:
        """Return one snapshot, which never changes."""
        return cast("dict[str, Any]", self.get(f"/snapshots/{etag}"))

    def changes(self, board: str = "overall", **between: str) -> dict[str, Any]:
        """Return what changed on a board, ``before`` and ``after`` two snapshots."""
        return cast("dict[str, Any]", self.get("/changes", {"board": board, **between}))

    def models(self) -> Iterator[dict[str, Any]]:
        """Yield every public model by key."""
        yield from self._pages("/models", "models", {})

    def model(self, model_name: str) -> dict[str, Any]:
        """Return all that is public of one model."""
        return cast("dict[str, Any]", self.get(f"/models/{model_name}"))

    def state_changes(self, model: str = "") -> Iterator[dict[str, Any]]:
        """Yield what became of the models, or of one, the newest change first."""
        yield from self._pages("/state-changes", "changes", {"model": model})

    def pairs(self, board: str = "overall") -> Iterator[PairRecord]:
        """Yield every pair that met on a board."""
        yield from self._pages("/pairs", "pairs", {"board": board})

    def head_to_head(self, a: str, b: str, board: str = "overall") -> PairComparison:
        """Return two models beside each other."""
        return cast("PairComparison", self.get("/head-to-head", {"a": a, "b": b, "board": board}))

    def votes(self) -> dict[str, Any]:
        """Return how many votes were cast and counted, and why others were not."""
        return cast("dict[str, Any]", self.get("/votes"))

    def draw_policy(self) -> dict[str, Any]:
        """Return how pairs are drawn."""
        return cast("dict[str, Any]", self.get("/draw-policy"))

    def draw_plan(self) -> Iterator[dict[str, Any]]:
        """Yield every pair with its probability to be drawn, the likeliest first."""
        yield from self._pages("/draw-plan", "pairs", {})

    def methods(self) -> list[dict[str, Any]]:
        """Return every rating method in words."""
        return cast("list[dict[str, Any]]", self.get("/methods")["methods"])

    def benchmarks(self, model: str = "") -> Iterator[dict[str, Any]]:
        """Yield the scores of outside evaluators, of one model if it is named."""
        yield from self._pages("/benchmarks", "scores", {"model": model})

    def benchmark_table(self, **filters: Any) -> Iterator[dict[str, Any]]:
        """Yield models with their scores in percent and an average, in the order of `sort`."""
        yield from self._pages("/benchmark-table", "models", filters)

    def benchmark_agreement(self, board: str = "") -> list[dict[str, Any]]:
        """Return how far each benchmark agrees with each board's ratings, or with those of one."""
        return list(self.get("/benchmark-agreement", {"board": board})["agreements"])

    def correctness(self) -> list[dict[str, Any]]:
        """Return the models by how often voters judged their answers to be right."""
        return list(self.get("/correctness")["models"])

    def integrity(self) -> Iterator[dict[str, Any]]:
        """Yield the cases of integrity and the decisions on them, the newest case first."""
        yield from self._pages("/integrity", "events", {})

    def exports(self) -> list[dict[str, Any]]:
        """Return the published exports, the newest first."""
        return list(self.get("/exports")["exports"])

    def get(self, path: str, parameters: Parameters | None = None) -> Any:
        """Return the JSON at a path below the API; an unchanged one from memory."""
        given = {name: one for name, one in (parameters or {}).items() if one not in (None, "")}
        request = self._http.build_request(
            "GET", f"{PREFIX}{path}", params=given, headers={"Accept": "application/json"}
        )
        key = str(request.url)
        if key in self._kept:
            request.headers["If-None-Match"] = self._kept[key][0]
        response = self._http.send(request)
        wait = response.headers.get("Retry-After", "")
        refused = response.status_code in _TRY_AGAIN and wait.isdigit()
        if refused and int(wait) <= MOST_PATIENCE_SECONDS:
            time.sleep(int(wait))
            response = self._http.send(request)
        if response.status_code == 304:
            return self._kept[key][1]
        if response.status_code != 200:
            try:
                problem = response.json()
                code, detail = problem["code"], problem["detail"]
            except (ValueError, KeyError, TypeError):
                code, detail = "unknown", response.reason_phrase
            raise ArenaRefusal(response.status_code, code, detail)
        found = response.json()
        if tag := response.headers.get("ETag"):
            self._kept[key] = (tag, found)
        return found

    def _pages(self, path: str, name: str, parameters: Parameters) -> Iterator[Any]:
        cursor = ""
        while True:
            page = self.get(path, {**parameters, "cursor": cursor})
            yield from page[name]
            cursor = page["next"]
            if not cursor:
                return
