"""Every endpoint that the description names answers, in each form that it promises."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json

import pyarrow.parquet
import pytest
from django.db.models import QuerySet

from arena.api.services import reproducing
from arena.api.views import schema
from arena.battles.models import Vote
from arena.boards.models import Snapshot, SnapshotStrengths
from arena.boards.selectors import joint_strengths, latest
from arena.catalog.models import ModelCard
from arena.catalog.services import pause
from arena.ledger.services.exclusions import exclude
from tests.factories import make_battle, make_card

pytestmark = pytest.mark.django_db
PATHS = sorted(schema()["paths"])


@pytest.fixture
def filled(voted):
    """Names that stand in addresses, by the words of the description."""
    return {"model_name": "first", "etag": latest().etag}


def address_of(path, filled, suffix="csv"):
    query = "?a=first&b=second" if "head-to-head" in path else ""
    return path.format(**filled, suffix=suffix) + query


def test_every_address_answers_and_answers_304(client, filled):
    for path in PATHS:
        address = address_of(path, filled)
        response = client.get(address)
        assert response.status_code == 200, (path, response.content)
        declared = schema()["paths"][path]["get"]["responses"][200]["content"]
        assert response["Content-Type"].partition(";")[0] in declared, path
        again = client.get(address, headers={"if-none-match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path


def test_every_answer_says_its_rate_and_may_be_read_by_other_sites(client, filled):
    for path in PATHS:
        response = client.get(address_of(path, filled))
        assert response["RateLimit-Policy"] == '"reads";q=3000;w=60', path
        assert response["RateLimit"].startswith('"reads";r='), path
        assert response["Access-Control-Allow-Origin"] == "*", path
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin", path
        assert "public" in response["Cache-Control"], path


@pytest.mark.one_database
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_anywhere(client, filled, method):
    for path in PATHS:
        response = getattr(client, method)(address_of(path, filled))
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS"), path
        assert response.json()["code"] == "read_only"


def test_a_parameter_that_is_given_twice_is_refused_everywhere(client, filled):
    for path in PATHS:
        address = address_of(path, filled)
        response = client.get(f"{address}{'&' if '?' in address else '?'}one=1&two=1&one=2")
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), path
        assert "one" in response.json()["detail"], path
        assert "two" not in response.json()["detail"], path


def test_a_parameter_that_an_endpoint_does_not_have_is_refused_everywhere(client, filled):
    for path in PATHS:
        address = address_of(path, filled)
        response = client.get(f"{address}{'&' if '?' in address else '?'}modell=first&limt=3")
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), path
        assert "modell, limt" in response.json()["detail"], path


def with_format(address, form):
    return f"{address}{'&' if '?' in address else '?'}format={form}"


def test_a_form_that_an_address_does_not_have_is_refused_by_name(client, filled):
    tables = {path.removesuffix(".{suffix}") for path in PATHS if "{suffix}" in path}
    for path in [*(path for path in PATHS if path not in tables), "/api/v1/openapi.json"]:
        for form in ("parquet", "xyz", ""):
            response = client.get(with_format(address_of(path, filled), form))
            assert (response.status_code, response.json()["code"]) == (422, "invalid"), path
            assert response.json()["detail"] == "This can't be understood: format.", path
    assert client.get("/api/v1/openapi.json?x=1").status_code == 422


def test_json_may_be_asked_for_wherever_the_answer_is_json(client, filled):
    for path in [*PATHS, "/api/v1/openapi.json"]:
        response = client.get(with_format(address_of(path, filled, "json"), "json"))
        is_json = not path.endswith((".svg", ".atom"))
        assert response.status_code == (200 if is_json else 422), path
        assert response["Content-Type"].partition(";")[0].endswith("json"), path


def test_csv_json_and_parquet_say_the_same(client, filled):
    for path in (path for path in PATHS if "{suffix}" in path):
        said = {
            form: client.get(address_of(path, filled, form)).content
            for form in ("csv", "json", "parquet")
        }
        sheet = list(csv.DictReader(io.StringIO(said["csv"].decode())))
        table = pyarrow.parquet.read_table(io.BytesIO(said["parquet"])).to_pylist()
        (rows,) = [value for value in json.loads(said["json"]).values() if is_rows(value)] or [[]]
        assert len(sheet) == len(table) == len(rows), path
        for one, two in zip(table, rows, strict=True):
            shared = [name for name in one if isinstance(two.get(name), str | int | float)]
            numbers = [name for name in shared if not isinstance(two[name], str)]
            assert [one[name] for name in numbers] == [two[name] for name in numbers], path


def is_rows(value):
    return isinstance(value, list) and (not value or isinstance(value[0], dict))


def test_a_program_that_accepts_csv_gets_it(client, filled):
    response = client.get("/api/v1/leaderboard", headers={"accept": "text/csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert {"Accept", "Accept-Encoding"} <= set(response["Vary"].split(", "))


def test_a_snapshot_is_its_own_address(client, filled):
    response = client.get(f"/api/v1/snapshots/{filled['etag']}")
    assert hashlib.sha256(response.content).hexdigest() == filled["etag"]
    assert "immutable" in response["Cache-Control"]


def test_a_pruned_snapshot_is_computed_again(client, filled):
    body = latest().body
    QuerySet.update(Snapshot.objects.filter(etag=filled["etag"]), body="")
    response = client.get(f"/api/v1/snapshots/{filled['etag']}")
    assert response.content.decode() == body


def test_one_pruned_snapshot_at_a_time_is_computed(client, filled, monkeypatch):
    QuerySet.update(Snapshot.objects.filter(etag=filled["etag"]), body="")
    address, meanwhile = f"/api/v1/snapshots/{filled['etag']}", []
    compute = reproducing.snapshot_body

    def ask_again(snapshot):
        meanwhile.append(client.get(address))
        return compute(snapshot=snapshot)

    monkeypatch.setattr(reproducing, "snapshot_body", ask_again)
    assert client.get(address).status_code == 200
    (refused,) = meanwhile
    assert (refused.status_code, refused["Retry-After"]) == (503, "10")


def test_snapshots_come_in_pages_from_new_to_old(client, voted):
    [voted(1) for _ in range(4)]
    count = Snapshot.objects.count()
    seen, cursor = [], ""
    while True:
        response = client.get(f"/api/v1/snapshots?limit=2&cursor={cursor}")
        page = response.json()
        seen += [one["ledger_number"] for one in page["snapshots"]]
        cursor = page["next"]
        assert ("Link" in response.headers) == bool(cursor)
        if not cursor:
            break
    assert (len(seen), seen) == (count, sorted(seen, reverse=True))


def test_days_bound_the_list(client, filled):
    day = latest().created_at.date().isoformat()
    listed = client.get(f"/api/v1/snapshots?since={day}&until={day}&daily=true").json()
    assert [one["etag"] for one in listed["snapshots"]] == [filled["etag"]]
    assert client.get("/api/v1/snapshots?until=2020-01-01").json()["snapshots"] == []


def test_changes_between_two_snapshots_are_told(client, voted):
    before = latest().etag
    voted(30, "b")
    said = client.get(f"/api/v1/changes?before={before}&after={latest().etag}").json()
    moved = {one["model_name"]: one["places"] for one in said["changes"] if one["places"]}
    assert (moved, said["votes"]) == ({"second": 1, "first": -1}, 30)


def test_the_pair_matrix_counts_both_orders(client, filled):
    (pair, *_) = client.get("/api/v1/pairs").json()["pairs"]
    assert (pair["model_a"], pair["model_b"]) == ("first", "second")
    assert (pair["battles"], pair["wins_a"], pair["both_bad"]) == (14, 12, 2)
    assert pair["win_rate"] == pytest.approx(13 / 14, abs=1e-6)
    assert 0.5 < pair["expected_win_rate"] < 1


def test_head_to_head_has_a_probability_from_the_covariance(client, filled):
    there = client.get("/api/v1/head-to-head?a=first&b=second").json()
    back = client.get("/api/v1/head-to-head?a=second&b=first").json()
    assert there["probability_above"] + back["probability_above"] == pytest.approx(1.0)
    assert 0.9 < there["probability_above"] < 1
    assert (there["record"]["wins_a"], back["record"]["wins_b"]) == (12, 12)


@pytest.mark.parametrize("pair", ["a=first&b=first", "a=first&b=nobody", "a=first@2&b=second"])
def test_a_model_is_not_compared_with_itself_or_nobody(client, filled, pair):
    assert client.get(f"/api/v1/head-to-head?{pair}").status_code == 404


def test_strengths_are_those_of_the_newest_snapshot_alone(client, voted):
    old = latest()
    voted(1)
    assert joint_strengths(old) is None
    assert joint_strengths(latest()).names == ("first@1", "second@1")
    assert SnapshotStrengths.objects.count() == 1


def test_votes_are_counted_with_the_reason_of_those_that_are_not(client, voted):
    votes = list(Vote.objects.values_list("pk", flat=True)[:3])
    exclude(votes=votes, reason="operator")
    said = client.get("/api/v1/votes").json()
    assert (said["cast"], said["counted"]) == (15, 12)
    assert {one["reason"]: one["votes"] for one in said["tallies"]} == {
        "counted": 12,
        "waiting": 0,
        "operator": 3,
    }


def test_the_draw_plan_adds_up(client, filled):
    pairs = client.get("/api/v1/draw-plan").json()["pairs"]
    assert sum(one["probability"] for one in pairs) == pytest.approx(1.0)


def test_rows_are_filtered_by_size_and_licence(client, voted):
    ModelCard.objects.filter(slug="first").update(parameters=7 * 10**9, license="Apache-2.0")
    ModelCard.objects.filter(slug="second").update(parameters=70 * 10**9, license="MIT")
    asked = "/api/v1/leaderboard?max_parameters=8000000000&permissive=true"
    assert [row["model_name"] for row in client.get(asked).json()["rows"]] == ["first"]


def test_a_model_says_style_of_voted_battles_alone(client, voted):
    card = ModelCard.objects.get(slug="first")
    before = client.get("/api/v1/models/first").json()["style"]
    make_battle(card.versions.get(), a={"tokens": 9000, "total_ms": 10}, state="voting")
    assert client.get("/api/v1/models/first").json()["style"] == before
    assert before["answers"] == 14


def test_a_draft_is_in_no_answer(client, voted):
    make_card("secret-draft", state="draft")
    assert client.get("/api/v1/models/secret-draft").status_code == 404
    assert "secret-draft" not in client.get("/api/v1/models").content.decode()


def test_other_shapes_hold_the_same_ratings(client, filled):
    rows = client.get("/api/v1/leaderboard").json()["rows"]
    rated = {row["model_name"]: row for row in rows if row["rating"] is not None}
    catalog = client.get("/api/v1/arena-catalog").json()["overall"]
    assert catalog["first@1"]["rating_q975"] == rated["first"]["rating_upper"]
    records = client.get("/api/v1/every-eval-ever").json()
    assert [one["schema_version"] for one in records] == ["0.3.0"] * len(rated)
    scores = {
        one["model_info"]["id"]: one["evaluation_results"][0]["score_details"]["score"]
        for one in records
    }
    assert scores["first@1"] == rated["first"]["rating"]


@pytest.mark.one_database
@pytest.mark.parametrize("header", ["gzip", "br, gzip;q=0.5"])
def test_a_long_answer_is_packed_for_who_takes_it(client, header):
    plain = client.get("/api/v1/methods")
    packed = client.get("/api/v1/methods", headers={"accept-encoding": header})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] == f"W/{plain['ETag']}"


@pytest.mark.one_database
@pytest.mark.parametrize("header", ["", "gzip;q=0", "identity"])
def test_who_does_not_take_gzip_gets_none(client, header):
    response = client.get("/api/v1/methods", headers={"accept-encoding": header})
    assert "Content-Encoding" not in response.headers


@pytest.mark.one_database
@pytest.mark.parametrize(
    "query",
    [
        "leaderboard?limit=0",
        "leaderboard?cursor=-1",
        "leaderboard?sort=nothing",
        "leaderboard?max_parameters=x",
        "snapshots?since=yesterday",
        "snapshots/abc",
        "changes?before=xyz",
        "models?cursor=%20",
        "head-to-head?a=&b=first",
        "leaderboard?board=a%20board",
    ],
)
def test_a_parameter_that_can_not_be_is_named_in_a_problem(client, query):
    response = client.get(f"/api/v1/{query}")
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    problem = response.json()
    assert problem["status"] == 422
    assert problem["type"] == "/api/v1/problems#invalid"
    assert problem["error"] == {"code": problem["code"], "message": problem["detail"]}


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["methods.csv", "nothing.csv", "models/first.parquet", "x.json"])
def test_a_suffix_of_what_is_no_table_leads_nowhere(client, path):
    assert client.get(f"/api/v1/{path}").status_code == 404


def test_changes_of_state_are_told_without_the_account(client, voted, admin_user):
    pause(card=ModelCard.objects.get(slug="first"), words="too slow today", by=admin_user)
    said = client.get("/api/v1/state-changes?model=first")
    (change,) = said.json()["changes"]
    assert (change["before"], change["after"]) == ("active", "paused")
    assert (change["actor"], change["words"]) == ("operator", "too slow today")
    assert admin_user.username not in said.content.decode()
    assert client.get("/api/v1/state-changes?model=nobody").status_code == 404
