from __future__ import annotations

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from arena.leaderboard.selectors import CSV_FIELDS

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


@pytest.mark.parametrize("path", ["docs", "docs/"])
def test_no_page_that_would_load_scripts_from_elsewhere(client, path):
    assert client.get(f"/api/v1/{path}").status_code == 404


def test_json_and_csv_have_the_same_fields():
    rows = json.loads(KEPT.read_text(encoding="utf-8"))["components"]["schemas"]["Row"]
    assert tuple(rows["properties"]) == CSV_FIELDS
