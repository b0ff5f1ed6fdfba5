from __future__ import annotations

import json
import re
from io import StringIO

from django.conf import settings
from django.core.management import call_command

from arena.api.views.base import TABLES
from arena.leaderboard.selectors.standings import CSV_FIELDS
from arena.rating.methods import available_methods, load_method

KEPT = settings.BASE_DIR / "docs" / "openapi-v1.json"


def of_the_release(document):
    """The document without methods that the kept one does not name: a new method is one file."""
    kept = methods_in(json.loads(KEPT.read_text("utf-8")))["properties"]["name"]["enum"]
    described = methods_in(document)
    named = described["properties"]["name"]
    named["enum"] = [name for name in named["enum"] if name in kept]
    described["examples"] = [one for one in described["examples"] if one["name"] in kept]
    return document


def methods_in(document):
    return document["components"]["schemas"]["MethodSummary"]


def test_the_kept_document_is_current():
    out = StringIO()
    call_command("openapi", stdout=out)
    current = of_the_release(json.loads(out.getvalue()))
    assert KEPT.read_text("utf-8") == json.dumps(current, indent=2, ensure_ascii=False) + "\n", (
        "run: python manage.py openapi > docs/openapi-v1.json"
    )


def test_it_is_served(client):
    response = client.get("/api/v1/openapi.json")
    assert of_the_release(response.json()) == json.loads(KEPT.read_text(encoding="utf-8"))
    assert response["Access-Control-Allow-Origin"] == "*"


def test_the_page_loads_nothing_from_elsewhere(client, db):
    text = client.get("/api/v1/docs").content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert loaded
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)


def test_the_documentation_names_every_table():
    text = (settings.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
    listed = re.search(r"Tables are (.*?)\.\n", text, re.DOTALL)[1]
    named = {re.sub(r"{[a-z_]+}", "ETAG", address) for address in TABLES}
    assert set(re.findall(r"`([^`]+)`", listed)) == named


def test_the_document_says_of_a_rating_method_what_its_file_says(client):
    described = methods_in(client.get("/api/v1/openapi.json").json())
    said = {one["name"]: one for one in described["examples"]}
    assert list(said) == described["properties"]["name"]["enum"] == list(available_methods())
    for name, one in said.items():
        told = load_method(name).DESCRIPTION
        words = (told.title, told.summary, told.ties, told.interval)
        assert (one["title"], one["summary"], one["ties"], one["interval"]) == words
        options = [(o["name"], o["default"], o["choices"], o["summary"]) for o in one["options"]]
        assert options == [(o.name, o.default, list(o.choices), o.summary) for o in told.options]


def test_csv_has_the_fields_of_json(client, db):
    rows = json.loads(KEPT.read_text(encoding="utf-8"))["components"]["schemas"]["LeaderboardRow"]
    header = client.get("/api/v1/leaderboard.csv").content.decode().splitlines()[0]
    assert header.split(",") == list(rows["properties"])
    assert set(CSV_FIELDS) <= set(rows["properties"])
