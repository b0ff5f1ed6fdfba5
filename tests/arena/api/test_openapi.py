from __future__ import annotations

import json
import re
from io import StringIO

from django.conf import settings
from django.core.management import call_command

from arena.api.views.base import TABLES
from arena.leaderboard.selectors.standings import CSV_FIELDS

KEPT = settings.BASE_DIR / "docs" / "openapi-v1.json"


def test_the_kept_document_is_current():
    out = StringIO()
    call_command("openapi", stdout=out)
    assert KEPT.read_text(encoding="utf-8") == out.getvalue(), (
        "run: python manage.py openapi > docs/openapi-v1.json"
    )


def test_it_is_served(client):
    response = client.get("/api/v1/openapi.json")
    assert response.json() == json.loads(KEPT.read_text(encoding="utf-8"))
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


def test_csv_has_the_fields_of_json(client, db):
    rows = json.loads(KEPT.read_text(encoding="utf-8"))["components"]["schemas"]["LeaderboardRow"]
    header = client.get("/api/v1/leaderboard.csv").content.decode().splitlines()[0]
    assert header.split(",") == list(rows["properties"])
    assert set(CSV_FIELDS) <= set(rows["properties"])
