"""Who may read /metrics, and that all that is there stands in the documentation."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from arena.metrics import middleware
from tests.architecture.sources import ROOT

TOKEN = "a-token-of-enough-letters"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def told(settings, monkeypatch):
    """The site has a token, and nobody asks a store."""
    monkeypatch.setattr(middleware, "generate_latest", lambda _registry: b"numbers\n")
    settings.METRICS_TOKEN = TOKEN
    return settings


@pytest.mark.parametrize("headers", [{}, BEARER, {"authorization": "Bearer "}])
def test_without_a_token_of_the_site_s_there_is_no_such_address(client, told, headers):
    told.METRICS_TOKEN = ""
    reply = client.get("/metrics", headers=headers)
    assert reply.status_code == 404
    assert b"Nothing here" in reply.content
    assert "WWW-Authenticate" not in reply


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    "given",
    [
        "",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer ",
        "Bearer ü",
    ],
)
def test_who_does_not_show_the_token_learns_nothing(client, given):
    reply = client.get("/metrics", headers={"authorization": given})
    assert (reply.status_code, reply.content) == (401, b"")
    assert reply["WWW-Authenticate"] == "Bearer"


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7", "web:8000"])
def test_it_answers_under_every_name_and_without_tls(client, settings, host):
    settings.SECURE_SSL_REDIRECT = True
    reply = client.get("/metrics", headers={"host": host, **BEARER})
    assert (reply.status_code, reply.content) == (200, b"numbers\n")
    assert reply["Cache-Control"] == "no-store"
    assert reply["Content-Type"].startswith("text/plain; version=0.0.4")


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("path", ["/metrics/", "/Metrics", "/metricsx", "/about/metrics"])
def test_no_other_address_is_it(client, path):
    assert client.get(path, headers=BEARER).status_code == 404


@pytest.fixture
def families(client, settings, transactional_db, valkey_url):
    settings.METRICS_TOKEN = TOKEN
    text = client.get("/metrics", headers=BEARER).content.decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_every_store_is_asked(families):
    up = {s.labels["store"]: s.value for s in families["arena_store_up"].samples}
    assert up == {"database": 1, "redis": 1, "folder": 1}


def test_what_is_told_stands_in_the_documentation_and_nothing_else(families):
    text = (ROOT / "docs" / "operations.md").read_text()
    documented = set(re.findall(r"^\| `(arena_\w+)", text, re.M))
    told = {f.name + ("_total" if f.type == "counter" else "") for f in families.values()}
    late = {"arena_recount_findings", "arena_recount_age_seconds", "arena_reaper_age_seconds"}
    assert {name for name in told if name.startswith("arena_")} | late == documented


def test_its_alarms_ask_for_series_that_exist(families):
    text = (ROOT / "docs" / "operations.md").read_text()
    rules = (ROOT / "arena" / "config" / "alerts" / "rules.yml").read_text()
    asked = set(re.findall(r"\b(arena_\w+?)(?:_bucket)?\b", rules))
    assert asked
    assert asked <= set(re.findall(r"^\| `(arena_\w+)", text, re.M))
